// Package datafolder opens the folder in which everything of one standalone copy is kept and holds it for one process.
package datafolder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrInUse says that another running process holds the folder. The wrapping error names the process.
var ErrInUse = errors.New("data folder is in use")

// Folder is a data folder held by this process until Close.
type Folder struct {
	path string
	lock *os.File
}

// Open creates the folder when it is missing and takes it for this process. It fails with ErrInUse when another process
// holds it. The operating system gives the lock back when a process ends in any way, kill -9 included.
func Open(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find data folder %s: %w", path, err)
	}
	// The folder itself may be passed through by the user Postgres runs as; what it holds is closed to others.
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open data folder %s (does it belong to another user?): %w", path, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s is held by %s", ErrInUse, path, holder(lock))
		}
		return nil, fmt.Errorf("lock data folder %s: %w", path, err)
	}
	if err := writePID(lock); err != nil {
		lock.Close()
		return nil, fmt.Errorf("write the lock file of data folder %s: %w", path, err)
	}
	return &Folder{path: path, lock: lock}, nil
}

// Path is the folder's absolute path.
func (f *Folder) Path() string { return f.path }

// Sub creates (readable by this user only) and names a folder inside.
func (f *Folder) Sub(name string) (string, error) {
	path := filepath.Join(f.path, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("create folder for %s: %w", name, err)
	}
	return path, nil
}

// Close gives the folder back.
func (f *Folder) Close() error {
	return f.lock.Close()
}

func writePID(lock *os.File) error {
	if err := lock.Truncate(0); err != nil {
		return err
	}
	_, err := lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func holder(lock *os.File) string {
	text, err := io.ReadAll(io.LimitReader(lock, 32))
	pid := strings.TrimSpace(string(text))
	if _, number := strconv.Atoi(pid); err != nil || number != nil {
		return "another process"
	}
	return "process " + pid
}
