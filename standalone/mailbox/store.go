// Package mailbox is a mail server that delivers nothing: it accepts every message, keeps it, and shows it on a page and
// through an API, for trying things out and for tests.
package mailbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrNotFound says that there is no such message.
var ErrNotFound = errors.New("no such message")

// Summary is what lists show of a message.
type Summary struct {
	ID         string    `json:"id"`
	ReceivedAt time.Time `json:"received_at"`
	// Sender and Recipients are the envelope's: where the message came from and went, whatever its headers say.
	Sender     string   `json:"sender"`
	Recipients []string `json:"recipients"`
	// From, To, Subject and MessageID are the headers', decoded.
	From        string `json:"from"`
	To          string `json:"to"`
	Subject     string `json:"subject"`
	MessageID   string `json:"message_id"`
	Size        int    `json:"size"` // bytes
	Attachments int    `json:"attachments"`
}

// Store keeps messages in a folder, each a file as it came, and an index with a line for each. A message is accepted when
// its line is written. It survives the end of the process; it does not wait for the disk, so a power failure may cost the
// last messages.
type Store struct {
	dir string
	now func() time.Time

	mu    sync.RWMutex
	index *os.File
	// all is in the order of receipt.
	all  []Summary
	byID map[string]int
}

// Open opens the store in an existing folder.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir, now: time.Now, byID: map[string]int{}}
	index, err := os.OpenFile(filepath.Join(dir, "index.jsonl"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the mailbox: %w", err)
	}
	s.index = index
	if err := errors.Join(s.load(), s.removeUnaccepted()); err != nil {
		index.Close()
		return nil, fmt.Errorf("open the mailbox: %w", err)
	}
	return s, nil
}

// load reads the index and cuts off a line whose writing was broken off.
func (s *Store) load() error {
	reader := bufio.NewReader(s.index)
	good := int64(0)
	for {
		line, err := reader.ReadBytes('\n')
		var summary Summary
		if err != nil || json.Unmarshal(line, &summary) != nil {
			break
		}
		good += int64(len(line))
		if _, err := os.Stat(s.path(summary.ID)); err == nil {
			s.remember(summary)
		}
	}
	return s.index.Truncate(good)
}

// removeUnaccepted removes files of messages whose sender was never told they were accepted.
func (s *Store) removeUnaccepted() error {
	files, err := filepath.Glob(filepath.Join(s.dir, "*.eml*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		id, whole := strings.CutSuffix(filepath.Base(file), ".eml")
		if _, known := s.byID[id]; known && whole {
			continue
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) path(id string) string { return filepath.Join(s.dir, id+".eml") }

func (s *Store) remember(summary Summary) {
	s.byID[summary.ID] = len(s.all)
	s.all = append(s.all, summary)
}

// Add keeps a message that came from sender for recipients.
func (s *Store) Add(sender string, recipients []string, raw []byte) (Summary, error) {
	message := parse(raw)
	summary := Summary{
		Sender: sender, Recipients: recipients, Size: len(raw), Attachments: len(message.Attachments),
		From: message.header("From"), To: message.header("To"), Subject: message.header("Subject"), MessageID: message.header("Message-Id"),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	summary.ReceivedAt = s.now().UTC()
	summary.ID = s.freeID(summary.ReceivedAt)
	line, err := json.Marshal(summary)
	if err != nil {
		return Summary{}, fmt.Errorf("keep a message: %w", err)
	}
	if err := os.WriteFile(s.path(summary.ID), raw, 0o600); err != nil {
		return Summary{}, fmt.Errorf("keep a message: %w", err)
	}
	if _, err := s.index.Write(append(line, '\n')); err != nil {
		return Summary{}, fmt.Errorf("keep a message: %w", err)
	}
	s.remember(summary)
	return summary, nil
}

// freeID is the time of receipt, moved on while it is taken, so that names sort as messages came.
func (s *Store) freeID(at time.Time) string {
	for {
		id := at.Format("20060102T150405.000000")
		if _, taken := s.byID[id]; !taken {
			return id
		}
		at = at.Add(time.Microsecond)
	}
}

// Query chooses messages. Texts are found anywhere and in any case; empty ones match everything.
type Query struct {
	// To is sought in the recipients, of the envelope and of the header.
	To      string
	Subject string
	// Any is sought in sender, recipients and subject.
	Any string
}

func (q Query) matches(s Summary) bool {
	recipients := strings.Join(s.Recipients, " ") + " " + s.To
	return contains(recipients, q.To) && contains(s.Subject, q.Subject) &&
		contains(strings.Join([]string{s.Sender, s.From, recipients, s.Subject}, " "), q.Any)
}

func contains(text, part string) bool {
	return part == "" || strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// List answers the messages chosen, newest first.
func (s *Store) List(q Query) []Summary {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []Summary
	for _, summary := range slices.Backward(s.all) {
		if q.matches(summary) {
			found = append(found, summary)
		}
	}
	return found
}

// Get answers a message and its source. It fails with ErrNotFound.
func (s *Store) Get(id string) (summary Summary, raw []byte, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	at, ok := s.byID[id]
	if !ok {
		return Summary{}, nil, ErrNotFound
	}
	raw, err = os.ReadFile(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Summary{}, nil, ErrNotFound
	}
	if err != nil {
		return Summary{}, nil, fmt.Errorf("read a message: %w", err)
	}
	return s.all[at], raw, nil
}

// DeleteAll deletes every message.
func (s *Store) DeleteAll() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, summary := range s.all {
		if err := os.Remove(s.path(summary.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete the messages: %w", err)
		}
	}
	if err := s.index.Truncate(0); err != nil {
		return fmt.Errorf("delete the messages: %w", err)
	}
	s.all, s.byID = nil, map[string]int{}
	return nil
}

// Close closes the store; it must not be used afterwards.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.index.Close()
}
