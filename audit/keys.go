// Package audit makes the record of all changes tell when it has been tampered with, and keeps what is personal in it under keys
// that can be destroyed: sealing, the chain of hashes, and signed heads of the chains outside the database.
package audit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

// The files of a folder of keys. Each holds one line of base64.
const (
	masterFile  = "master.key"  // 32 bytes: wraps the data keys
	signingFile = "signing.key" // seed of an ed25519 key: signs heads
	publicFile  = "signing.pub" // its public half: all that verifying needs

	oldMasterFile = "master-old.key" // the master key before: what it has wrapped can still be read
	newMasterFile = "master-new.key" // one that is about to take its place
)

const keySize = 32

// Keys are the secrets that are not in the database.
type Keys struct {
	master   cipher.AEAD
	masterID string
	before   cipher.AEAD // the master key before, while there is one; nil: there is none
	signing  ed25519.PrivateKey
}

// DataKey encrypts what is personal to one client, or to one record that belongs to no client.
type DataKey []byte

// CreateKeys makes a folder of new keys. It refuses where there are any already: with other keys nothing sealed could be read.
func CreateKeys(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of keys: %w", err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a signing key: %w", err)
	}
	for _, file := range []struct {
		name  string
		bytes []byte
		mode  os.FileMode
	}{{masterFile, NewDataKey(), 0o600}, {signingFile, private.Seed(), 0o600}, {publicFile, public, 0o644}} {
		if err := createFile(filepath.Join(folder, file.name), file.bytes, file.mode); err != nil {
			return fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	return nil
}

// createFile writes a file that was not there.
func createFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // the folder is the operator's to name
	if err != nil {
		return err
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(content) + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

// HasKeys tells whether a folder holds keys.
func HasKeys(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, masterFile))
	return err == nil
}

// LoadKeys reads a folder of keys.
func LoadKeys(folder string) (*Keys, error) {
	master, err := readKey(folder, masterFile)
	if err != nil {
		return nil, err
	}
	seed, err := readKey(folder, signingFile)
	if err != nil {
		return nil, err
	}
	keys, err := newKeys(master, seed)
	if err != nil {
		return nil, err
	}
	before, err := readKey(folder, oldMasterFile)
	if errors.Is(err, os.ErrNotExist) {
		return keys, nil
	}
	if err != nil {
		return nil, err
	}
	keys.before, err = newAEAD(before)
	return keys, err
}

// ReplaceMaster puts a new master key in the place of the one in a folder of keys, which stays beside it for what it has wrapped. It refuses
// while an older one lies there. A replacement that was broken off is brought to its end.
func ReplaceMaster(folder string) error {
	current, before, next := filepath.Join(folder, masterFile), filepath.Join(folder, oldMasterFile), filepath.Join(folder, newMasterFile)
	if _, err := readKey(folder, masterFile); err != nil {
		return err
	}
	if _, err := readKey(folder, newMasterFile); err != nil { // there is none, or not the whole of one
		if _, err := os.Stat(before); err == nil {
			return fmt.Errorf("%s is there still: when `marshrut audit rewrap` finds nothing that it has wrapped, keep it with the backups from before, and take it away here", before)
		}
		if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("replace the master key: %w", err)
		}
		if err := createFile(next, NewDataKey(), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", newMasterFile, err)
		}
	}
	if err := os.Link(current, before); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("keep the master key before: %w", err)
	}
	if err := os.Rename(next, current); err != nil {
		return fmt.Errorf("replace the master key: %w", err)
	}
	return nil
}

// RandomKeys are keys that nobody keeps, for tests and measurements.
func RandomKeys() (*Keys, error) { return newKeys(NewDataKey(), NewDataKey()) }

func newKeys(master, seed []byte) (*Keys, error) {
	aead, err := newAEAD(master)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(master)
	return &Keys{master: aead, masterID: hex.EncodeToString(sum[:8]), signing: ed25519.NewKeyFromSeed(seed)}, nil
}

// LoadPublicKey reads the key that heads are verified with, from a folder of keys or of the public half alone.
func LoadPublicKey(folder string) (ed25519.PublicKey, error) {
	key, err := readKey(folder, publicFile)
	return ed25519.PublicKey(key), err
}

func readKey(folder, name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(folder, name)) //nolint:gosec // as above
	if err != nil {
		return nil, fmt.Errorf("read a key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("%s is not %d bytes in base64", filepath.Join(folder, name), keySize)
	}
	return key, nil
}

// MasterID names the master key without telling anything of it.
func (k *Keys) MasterID() string { return k.masterID }

// Public is the key that heads are verified with.
func (k *Keys) Public() ed25519.PublicKey {
	public, _ := k.signing.Public().(ed25519.PublicKey)
	return public
}

// NewDataKey makes a key.
func NewDataKey() DataKey {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	return key
}

// Wrap encrypts the data key of an owner for the database.
func (k *Keys) Wrap(owner uuid.UUID, key DataKey) []byte { return seal(k.master, key, owner[:]) }

// Unwrap is the key that Wrap has wrapped, with this master key or the one before; it fails with another, and for another owner.
func (k *Keys) Unwrap(owner uuid.UUID, wrapped []byte) (DataKey, error) {
	key, err := open(k.master, wrapped, owner[:])
	if err != nil && k.before != nil {
		key, err = open(k.before, wrapped, owner[:])
	}
	if err != nil {
		return nil, fmt.Errorf("unwrap the data key of %s: it was wrapped by another master key, or altered", owner)
	}
	return key, nil
}

// Seal encrypts what is personal in the record with that id.
func (key DataKey) Seal(id int64, plain []byte) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return seal(aead, plain, fmt.Append(nil, id)), nil
}

// Open is what Seal has encrypted.
func (key DataKey) Open(id int64, sealed []byte) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	plain, err := open(aead, sealed, fmt.Append(nil, id))
	if err != nil {
		return nil, fmt.Errorf("open record %d of the audit: it was sealed with another key, or altered", id)
	}
	return plain, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use a key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("use a key: %w", err)
	}
	return aead, nil
}

func seal(aead cipher.AEAD, plain, about []byte) []byte {
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(nonce, nonce, plain, about)
}

var errSealed = errors.New("too short")

func open(aead cipher.AEAD, sealed, about []byte) ([]byte, error) {
	if len(sealed) < aead.NonceSize() {
		return nil, errSealed
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], about)
}
