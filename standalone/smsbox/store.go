// Package smsbox plays an SMS provider: it accepts every text message, keeps it, and shows it on a page and through an
// API, for trying things out and for tests.
package smsbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrNotFound says that there is no such message.
var ErrNotFound = errors.New("no such message")

// Message is a text message that was accepted.
type Message struct {
	// ID is the sender's.
	ID         string    `json:"id"`
	To         string    `json:"to"`
	Text       string    `json:"text"`
	ReceivedAt time.Time `json:"received_at"`
	// Attempts counts how often the message arrived; it was accepted once.
	Attempts int `json:"attempts"`
}

// Store keeps messages in a file with a line for each arrival. It survives the end of the process; it does not wait for
// the disk, so a power failure may cost the last messages.
type Store struct {
	mu   sync.RWMutex
	file *os.File
	// all is in the order of receipt.
	all  []Message
	byID map[string]int
}

// Open opens the store in an existing folder.
func Open(dir string) (*Store, error) {
	file, err := os.OpenFile(filepath.Join(dir, "messages.jsonl"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the SMS simulator's messages: %w", err)
	}
	s := &Store{file: file, byID: map[string]int{}}
	if err := s.load(); err != nil {
		file.Close()
		return nil, fmt.Errorf("open the SMS simulator's messages: %w", err)
	}
	return s, nil
}

// load reads the file and cuts off a line whose writing was broken off.
func (s *Store) load() error {
	reader := bufio.NewReader(s.file)
	good := int64(0)
	for {
		line, err := reader.ReadBytes('\n')
		var message Message
		if err != nil || json.Unmarshal(line, &message) != nil {
			break
		}
		good += int64(len(line))
		s.remember(message)
	}
	return s.file.Truncate(good)
}

func (s *Store) remember(message Message) {
	if at, known := s.byID[message.ID]; known {
		s.all[at].Attempts++
		return
	}
	message.Attempts = 1
	s.byID[message.ID] = len(s.all)
	s.all = append(s.all, message)
}

// Add accepts a message. One whose id has arrived before is counted, not accepted again.
func (s *Store) Add(id, to, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	message := Message{ID: id, To: to, Text: text, ReceivedAt: time.Now().UTC()}
	line, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("keep an SMS: %w", err)
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("keep an SMS: %w", err)
	}
	s.remember(message)
	return nil
}

// Query chooses messages. Texts are found anywhere and in any case; empty ones match everything.
type Query struct {
	To   string
	Text string
	// Any is sought in both.
	Any string
}

func (q Query) matches(m Message) bool {
	return contains(m.To, q.To) && contains(m.Text, q.Text) && contains(m.To+" "+m.Text, q.Any)
}

func contains(text, part string) bool {
	return part == "" || strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// List answers the messages chosen, newest first.
func (s *Store) List(q Query) []Message {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []Message
	for _, message := range slices.Backward(s.all) {
		if q.matches(message) {
			found = append(found, message)
		}
	}
	return found
}

// Get answers a message. It fails with ErrNotFound.
func (s *Store) Get(id string) (Message, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	at, ok := s.byID[id]
	if !ok {
		return Message{}, ErrNotFound
	}
	return s.all[at], nil
}

// DeleteAll deletes every message.
func (s *Store) DeleteAll() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.file.Truncate(0); err != nil {
		return fmt.Errorf("delete the SMS: %w", err)
	}
	s.all, s.byID = nil, map[string]int{}
	return nil
}

// Close closes the store; it must not be used afterwards.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file.Close()
}
