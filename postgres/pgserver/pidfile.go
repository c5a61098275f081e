package pgserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// pidFile is what a running server writes into postmaster.pid.
type pidFile struct {
	path      string
	pid       int
	socketDir string
}

// readPIDFile answers ok=false when there is no such file, or when the server died before it had filled it in.
func readPIDFile(data string) (file pidFile, ok bool, err error) {
	file.path = filepath.Join(data, "postmaster.pid")
	text, err := os.ReadFile(file.path)
	if errors.Is(err, fs.ErrNotExist) {
		return file, false, nil
	}
	if err != nil {
		return file, false, fmt.Errorf("read the server's pid file: %w", err)
	}
	// The lines: pid, data folder, start time, port, socket folder, address, shared memory, state.
	lines := strings.Split(string(text), "\n")
	file.pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || len(lines) < 5 {
		return file, false, nil //nolint:nilerr // half written: its server died before it had filled it in
	}
	file.socketDir = strings.TrimSpace(lines[4])
	return file, true, nil
}

// exists tells whether the process exists and could be ours; a process of another user is not a server on our data.
func exists(pid int) bool { return syscall.Kill(pid, 0) == nil }

// serves tells whether the process is a live server on the data folder: a server's working folder is its data folder. A
// dead process nobody has waited for has none, and neither has an unrelated one which was given the number since.
func serves(pid int, data string) bool {
	if !exists(pid) {
		return false
	}
	if _, err := os.Stat("/proc/self/cwd"); err != nil {
		return true // no such file system here: whether it answers on its socket will tell
	}
	cwd, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return false
	}
	ours, err := os.Stat(data)
	return err == nil && os.SameFile(cwd, ours)
}

// disown makes a pid file stale for PostgreSQL when its number now belongs to a process which is no server. The file is
// not removed, because the shared memory it names is PostgreSQL's guard against server processes that outlived their
// parent: it takes its own parent's number, ours, for a sign of a restart, and checks the rest.
func (f pidFile) disown() error {
	text, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("read the server's pid file: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), "\n")
	if err := os.WriteFile(f.path, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600); err != nil {
		return fmt.Errorf("clear a stale pid file: %w", err)
	}
	socket := filepath.Join(f.socketDir, socketName)
	for _, path := range []string{socket, socket + ".lock"} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear a stale socket: %w", err)
		}
	}
	return nil
}
