package pgserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// reachableDir is a temporary folder that the user PostgreSQL runs as can reach, which t.TempDir of root is not.
func reachableDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Config{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if errors.Is(err, ErrNoPrograms) {
		t.Fatalf("these tests need PostgreSQL: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(s.PID(), syscall.SIGQUIT) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// One that was taken over has let go of its data when Stop returns; its process ends a moment later.
	within, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for exists(s.PID()) {
		if err := pause(within); err != nil {
			t.Fatalf("process %d lives after Stop", s.PID())
		}
	}
}

func query(ctx context.Context, s *Server, sql string) (answer string, err error) {
	conn, err := pgx.Connect(ctx, s.URL(Database))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, sql).Scan(&answer)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return answer, err
}

func mustQuery(t *testing.T, s *Server, sql string) string {
	t.Helper()
	answer, err := query(t.Context(), s, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return answer
}

func TestDataSurvives(t *testing.T) {
	// A name nobody would choose for a test's comfort.
	dir := filepath.Join(reachableDir(t), `a + b "c'd=%20 é`)
	s := start(t, dir)
	mustQuery(t, s, "CREATE TABLE kept (what text)")
	mustQuery(t, s, "INSERT INTO kept VALUES ('маршрут')")
	kept := func(s *Server, after string) {
		t.Helper()
		if got := mustQuery(t, s, "SELECT upper(what) FROM kept"); got != "МАРШРУТ" {
			t.Fatalf("after %s: got %q, want МАРШРУТ", after, got)
		}
	}
	kept(s, "the first start")
	if _, err := Start(t.Context(), Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Fatalf("a second server on the folder: got %v, want an error naming this process", err)
	}
	if group, err := syscall.Getpgid(s.PID()); err != nil || group != s.PID() {
		t.Errorf("process group %d (%v), want its own, %d: Ctrl-C would reach it", group, err, s.PID())
	}

	stop(t, s)
	s = start(t, dir)
	kept(s, "a stop")

	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept(s, "Restart")

	killed := s.PID()
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := query(t.Context(), s, "SELECT 'there'"); err == nil && s.PID() != killed {
			break
		}
		if err := pause(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	kept(s, "kill -9 of the server")

	// What a kill -9 of this process leaves: a running server, and the folder given back by the operating system.
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	s.folder.Close()
	next := start(t, dir)
	if !next.TookOver() || next.PID() != s.PID() {
		t.Errorf("took over: %v, process %d, want true, %d", next.TookOver(), next.PID(), s.PID())
	}
	kept(next, "a kill of this process")
	stop(t, next)

	number := unrelatedProcess(t, next.account)
	pid := fmt.Sprintf("%d\n%s\n1\n5432\n%s\n\n0 0\nready   \n", number, next.data, next.socketDir)
	if err := os.WriteFile(filepath.Join(next.data, "postmaster.pid"), []byte(pid), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(next.data, "postmaster.pid"), next.account.uid, next.account.gid); err != nil {
		t.Fatal(err)
	}
	s = start(t, dir)
	if s.TookOver() {
		t.Error("took over a process which is not PostgreSQL")
	}
	kept(s, "a power failure and its number given to another process")
	stop(t, s)
	if !exists(number) {
		t.Error("the unrelated process was ended")
	}

	if err := os.WriteFile(filepath.Join(s.data, "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 9") || !strings.Contains(err.Error(), "postgresql-9") {
		t.Errorf("data of another version: got %v", err)
	}
}

// unrelatedProcess runs as the server's user: PostgreSQL looks at no others.
func unrelatedProcess(t *testing.T, as account) int {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	cmd.SysProcAttr = as.attributes()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

func TestPathUnfitForASocket(t *testing.T) {
	for name, path := range map[string]string{"too long": strings.Repeat("long", 25), "a list": "a, b"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(reachableDir(t), path)
			s := start(t, dir)
			if got := mustQuery(t, s, "SELECT 'answer'"); got != "answer" {
				t.Errorf("got %q", got)
			}
			stop(t, s)
			if _, err := os.Stat(s.socketDir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("socket folder %s is left: %v", s.socketDir, err)
			}
		})
	}
}

func TestFolderClosedToThePostgresUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user's PostgreSQL runs as this user, who can reach his own folders")
	}
	dir := filepath.Join(t.TempDir(), "postgres") // its parent is open to root alone
	s := start(t, dir)
	t.Cleanup(func() { os.RemoveAll(s.Home()) })
	if !strings.HasPrefix(s.Home(), rootHome) {
		t.Errorf("home %s, want one in %s", s.Home(), rootHome)
	}
	mustQuery(t, s, "CREATE TABLE kept ()")
	stop(t, s)
	s = start(t, dir)
	mustQuery(t, s, "SELECT count(*)::text FROM kept")
	stop(t, s)
}

func TestGivesUpOnAServerThatKeepsDying(t *testing.T) {
	s := start(t, filepath.Join(reachableDir(t), "postgres"))
	defer s.folder.Close()
	// The version's file gone, no start can succeed.
	if err := os.Remove(filepath.Join(s.data, "PG_VERSION")); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(s.PID(), syscall.SIGKILL)
	select {
	case err := <-s.Failed():
		if !strings.Contains(err.Error(), "PG_VERSION") && !strings.Contains(err.Error(), "FATAL") {
			t.Errorf("the reason is missing: %v", err)
		}
	case <-time.After(startTimeout):
		t.Fatal("no failure was reported")
	}
}

func TestProgramsMissing(t *testing.T) {
	_, err := Start(t.Context(), Config{Dir: filepath.Join(t.TempDir(), "postgres"), Bin: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "MARSHRUT_PG_BIN") {
		t.Errorf("got %v, want an error naming MARSHRUT_PG_BIN", err)
	}
	for _, want := range []string{"apt-get install postgresql", "DATABASE_URL"} {
		if !strings.Contains(ErrNoPrograms.Error(), want) {
			t.Errorf("%q does not say %q", ErrNoPrograms, want)
		}
	}
}

func TestChoose(t *testing.T) {
	all := []programs{{major: 17}, {major: 15}}
	data := t.TempDir()
	if got, err := choose(all, data); err != nil || got.major != 17 {
		t.Errorf("new data: got %d, %v, want the newest, 17", got.major, err)
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := choose(all, data); err != nil || got.major != 15 {
		t.Errorf("data of 15: got %d, %v, want 15", got.major, err)
	}
	if _, err := choose(all[:1], data); err == nil || !strings.Contains(err.Error(), "only 17 is installed") {
		t.Errorf("data of 15 without its programs: got %v", err)
	}
}

func TestComplaint(t *testing.T) {
	for name, test := range map[string]struct{ output, want string }{
		"picked": {
			"2026-11-21 10:00:00 UTC [1] LOG:  starting\n2026-11-21 10:00:00 UTC [1] FATAL:  no room\n2026-11-21 10:00:00 UTC [1] HINT:  make some\n",
			"FATAL:  no room HINT:  make some",
		},
		"last line": {"one\ntwo\n", "two"},
		"nothing":   {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := complaint(test.output); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
