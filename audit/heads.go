package audit

import (
	"bufio"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Head is the last record of a chain at some time.
type Head struct {
	Chain string `json:"chain"`
	Seq   int64  `json:"seq"`
	Hash  string `json:"hash"` // hex
}

// Heads are the chains that have grown since the export before, up to a record.
type Heads struct {
	At     time.Time `json:"at"`
	N      int64     `json:"n"`      // the last record that had been sealed
	Before string    `json:"before"` // SHA-256 of the line before, hex; empty: this is the first
	Heads  []Head    `json:"heads"`
}

// line is one export in a file: the heads as they were signed, and the signature of those bytes.
type line struct {
	Heads     json.RawMessage `json:"heads"`
	Signature string          `json:"signature"` // ed25519, base64
}

// headsPattern are the files of a folder of heads, one for each day, in the order of their names.
const headsPattern = "heads-*.jsonl"

// maxLine bounds one export in bytes; more heads than that are written as several.
const maxLine = 64 << 20

// Exports are the heads of a folder, verified one by one.
type Exports struct {
	Lines int
	N     int64 // the last record that is vouched for
	last  string
	marks map[string][]Head // by chain, in the order of the exports
}

// ReadHeads reads all exports of a folder and checks that each is signed and follows the one before. What is wrong with them is in
// the problems; an error means that they could not be read.
func ReadHeads(folder string, public ed25519.PublicKey) (*Exports, []Problem, error) {
	files, err := filepath.Glob(filepath.Join(folder, headsPattern))
	if err != nil {
		return nil, nil, fmt.Errorf("list exported heads: %w", err)
	}
	slices.Sort(files)
	e := &Exports{marks: map[string][]Head{}}
	var problems []Problem
	for _, path := range files {
		err := eachLine(path, func(number int, text []byte) {
			if wrong := e.take(text, public); wrong != "" {
				problems = append(problems, Problem{Where: fmt.Sprintf("%s:%d", filepath.Base(path), number), What: wrong})
			}
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return e, problems, nil
}

func eachLine(path string, do func(number int, text []byte)) error {
	f, err := os.Open(path) //nolint:gosec // the folder is the operator's to name
	if err != nil {
		return fmt.Errorf("read exported heads: %w", err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	for number := 1; lines.Scan(); number++ {
		do(number, lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read exported heads in %s: %w", filepath.Base(path), err)
	}
	return nil
}

// take adds one export, or says what is wrong with it.
func (e *Exports) take(text []byte, public ed25519.PublicKey) string {
	before := e.last
	sum := sha256.Sum256(text)
	e.last = hex.EncodeToString(sum[:])
	e.Lines++
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return "the line is not an export"
	}
	signature, err := base64.StdEncoding.DecodeString(l.Signature)
	if err != nil || !ed25519.Verify(public, l.Heads, signature) {
		return "the signature is not that of these heads"
	}
	var heads Heads
	if err := json.Unmarshal(l.Heads, &heads); err != nil {
		return "the heads cannot be read"
	}
	for _, head := range heads.Heads {
		e.marks[head.Chain] = append(e.marks[head.Chain], head)
	}
	e.N = max(e.N, heads.N)
	if heads.Before != before {
		return "it does not follow the export before it: lines are missing, or in another order"
	}
	return ""
}

// Exporter writes heads into a folder. Only one may be at work in a folder at a time.
type Exporter struct {
	Folder string
	Keys   *Keys
}

// Last is the last record that the folder vouches for, and the hash of its last line.
func (x *Exporter) Last() (n int64, hash string, err error) {
	files, err := filepath.Glob(filepath.Join(x.Folder, headsPattern))
	if err != nil || len(files) == 0 {
		return 0, "", err
	}
	slices.Sort(files)
	var last []byte
	err = eachLine(files[len(files)-1], func(_ int, text []byte) { last = append(last[:0], text...) })
	if err != nil {
		return 0, "", err
	}
	var l line
	var heads Heads
	if err := errors.Join(json.Unmarshal(last, &l), json.Unmarshal(l.Heads, &heads)); err != nil {
		return 0, "", fmt.Errorf("the last line of %s is not an export: was the disk full? Move the file away, and exporting begins anew", files[len(files)-1])
	}
	sum := sha256.Sum256(last)
	return heads.N, hex.EncodeToString(sum[:]), nil
}

// Write signs heads and appends them to the file of their day. They are on the disk when it returns.
func (x *Exporter) Write(heads Heads) error {
	plain, err := json.Marshal(heads)
	if err != nil {
		return fmt.Errorf("write heads: %w", err)
	}
	text, err := json.Marshal(line{Heads: plain, Signature: base64.StdEncoding.EncodeToString(ed25519.Sign(x.Keys.signing, plain))})
	if err != nil {
		return fmt.Errorf("write heads: %w", err)
	}
	if err := os.MkdirAll(x.Folder, 0o750); err != nil {
		return fmt.Errorf("make the folder of heads: %w", err)
	}
	name := strings.Replace(headsPattern, "*", heads.At.UTC().Format(time.DateOnly), 1)
	f, err := os.OpenFile(filepath.Join(x.Folder, name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640) //nolint:gosec // as above
	if err != nil {
		return fmt.Errorf("write heads: %w", err)
	}
	_, err = f.WriteString(string(text) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write heads: %w", err)
	}
	return nil
}
