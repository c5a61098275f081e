// Package pgserver runs a private PostgreSQL server: its data in a folder of ours, reachable through a socket there and
// nowhere else. It uses the distribution's programs.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"marshrut/postgres/pgserver/datafolder"
)

const (
	// Database is the database made for the application. The server's one user has the same name.
	Database = "marshrut"

	// socketName is how PostgreSQL calls the socket of port 5432, its default.
	socketName = ".s.PGSQL.5432"
	// maxSocketPath is what fits into the address of a Unix socket, in bytes.
	maxSocketPath = 107
	// maxLog is the size from which the log is begun anew at a start, in bytes.
	maxLog = 16 << 20

	startTimeout = time.Minute
	stopTimeout  = 20 * time.Second
	// A server that dies again and again is given up after so many revivals within the time.
	maxRevivals   = 5
	revivalWindow = time.Minute
)

// Config says where a server lives.
type Config struct {
	// Dir is the folder of the database, its socket and its log. It is created when missing; its parent must exist.
	Dir string
	// Bin is the folder of PostgreSQL's programs; empty: they are looked for.
	Bin string
	// Log takes warnings. PostgreSQL's own log is a file in Dir.
	Log *slog.Logger
}

// Server is a running PostgreSQL server. A server that dies is started again.
type Server struct {
	programs  programs
	account   account
	folder    *datafolder.Folder
	data      string
	socketDir string
	log       *slog.Logger
	tookOver  bool
	failed    chan error

	mu       sync.Mutex
	process  *process
	stopping bool
	revivals []time.Time
}

// Start starts the server on its folder and waits until it answers; a server left behind by a killed process is taken
// over. The database Database exists afterwards. Errors say in one line what to do.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s := &Server{log: cfg.Log, failed: make(chan error, 1)}
	if err := s.prepare(ctx, cfg); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		s.folder.Close()
		return nil, err
	}
	return s, nil
}

// prepare finds programs, account and folder, and takes the folder.
func (s *Server) prepare(ctx context.Context, cfg Config) error {
	all, err := installed(ctx, cfg.Bin)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return fmt.Errorf("find the database's folder: %w", err)
	}
	if s.programs, err = choose(all, filepath.Join(dir, "data")); err != nil {
		return err
	}
	if s.account, err = accountFor(filepath.Join(dir, "data")); err != nil {
		return err
	}
	home, err := s.account.home(ctx, dir, s.programs)
	if err != nil {
		return err
	}
	s.data = filepath.Join(home, "data")
	s.folder, err = datafolder.Open(home)
	return err
}

func (s *Server) open(ctx context.Context) error {
	if err := s.initialise(ctx); err != nil {
		return err
	}
	running, err := s.leftBehind(ctx)
	if err != nil {
		return err
	}
	s.tookOver = running != nil
	if running == nil {
		if s.socketDir, err = s.socketFolder(ctx); err != nil {
			return err
		}
		if running, err = s.launch(ctx); err != nil {
			return err
		}
	}
	s.process = running
	if err := s.createDatabase(ctx); err != nil {
		s.stopProcess(context.WithoutCancel(ctx), running)
		return err
	}
	go s.watch(running)
	return nil
}

// initialise makes the data folder, under another name until it is whole: a half-made one is never taken for data.
func (s *Server) initialise(ctx context.Context) error {
	if _, err := os.Stat(s.data); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	unfinished := s.data + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("remove a half-made database: %w", err)
	}
	cmd := s.command(ctx, "initdb", "--pgdata", unfinished, "--username", Database, "--encoding", "UTF8",
		"--locale", "C.UTF-8", "--auth-local", "trust", "--auth-host", "reject", "--no-instructions")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create the database: initdb: %w: %s", err, complaint(string(out)))
	}
	if err := os.Rename(unfinished, s.data); err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return nil
}

// command prepares one of PostgreSQL's programs. Of our environment it gets nothing that could send it elsewhere (PGDATA,
// PGPORT, ...) and no language: messages are read by us.
func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.programs.path(name), args...)
	cmd.Dir = s.folder.Path()
	cmd.SysProcAttr = s.account.attributes()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	return cmd
}

// leftBehind finds the server an earlier process of ours has left running, and waits until it takes connections.
func (s *Server) leftBehind(ctx context.Context) (*process, error) {
	for {
		file, ok, err := readPIDFile(s.data)
		if err != nil || !ok {
			return nil, err
		}
		if !serves(file.pid, s.data) {
			if exists(file.pid) {
				return nil, file.disown()
			}
			return nil, nil //nolint:nilnil // nothing to take over: PostgreSQL itself clears what a dead server left
		}
		s.socketDir = file.socketDir
		if s.answers(ctx) == nil {
			return adopt(file.pid, s.data), nil
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("a PostgreSQL server left running on %s (process %d) does not answer: stop it with `kill -INT %d`",
				s.data, file.pid, file.pid)
		}
	}
}

// socketFolder is a folder beside the data, or one with a short name in the system's folder for temporary files when the
// path would not fit into a socket's address or be taken for a list of hosts.
func (s *Server) socketFolder(ctx context.Context) (string, error) {
	dir := filepath.Join(s.folder.Path(), "socket")
	if len(filepath.Join(dir, socketName)) <= maxSocketPath && !strings.Contains(dir, ",") {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fmt.Errorf("create the socket's folder: %w", err)
		}
	} else {
		short, err := os.MkdirTemp("", "marshrut-")
		if err != nil {
			return "", fmt.Errorf("create the socket's folder: %w", err)
		}
		if dir = short; len(filepath.Join(dir, socketName)) > maxSocketPath {
			return "", fmt.Errorf("the path of the socket in %s is too long: use a shorter MARSHRUT_DATA or TMPDIR", dir)
		}
	}
	if err := s.account.own(dir); err != nil {
		return "", fmt.Errorf("give the socket's folder to user %s: %w", s.account.name, err)
	}
	return dir, s.account.enters(ctx, dir, s.programs)
}

// launch starts the server's process and waits until it takes connections.
func (s *Server) launch(ctx context.Context) (*process, error) {
	for {
		started, said, err := s.try(ctx)
		if err == nil {
			return started, nil
		}
		// Processes that outlived a killed server notice its end soon, and until then keep its memory.
		if !strings.Contains(said, "pre-existing shared memory block") {
			return nil, err
		}
		if pause(ctx) != nil {
			return nil, err
		}
	}
}

func (s *Server) try(ctx context.Context) (started *process, said string, err error) {
	log, err := s.openLog()
	if err != nil {
		return nil, "", err
	}
	defer log.Close()
	before, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, "", fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	// The server must outlive ctx, which bounds the start alone.
	cmd := s.command(context.WithoutCancel(ctx), "postgres", append([]string{"-D", s.data}, s.settings()...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	started = child(cmd)
	for s.answers(ctx) != nil {
		select {
		case <-started.done:
			// All of it: what outlives a killed server fills the log with complaints of its own.
			said = since(log, before)
			return nil, said, fmt.Errorf("PostgreSQL ended while starting: %s (its log: %s)", complaint(said), log.Name())
		case <-ctx.Done():
			s.stopProcess(context.WithoutCancel(ctx), started)
			return nil, "", fmt.Errorf("start PostgreSQL: %w (its log: %s)", context.Cause(ctx), log.Name())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return started, "", nil
}

// settings are given on the command line, so that a newer program brings its newer settings to existing data. Nothing here
// trades durability for speed.
func (s *Server) settings() []string {
	var args []string
	for _, setting := range []string{
		"listen_addresses=",
		"port=5432",
		// The setting is a list; quotes keep an unusual path one item of it.
		`unix_socket_directories="` + strings.ReplaceAll(s.socketDir, `"`, `""`) + `"`,
		"unix_socket_permissions=0700",
		// Temporal's four services keep pools of their own.
		"max_connections=300",
		"timezone=UTC",
		"log_timezone=UTC",
		"log_line_prefix=%m [%p] ",
		// Planning many small queries must not pay for compiling them.
		"jit=off",
		// No replicas follow a private server.
		"wal_level=minimal",
		"max_wal_senders=0",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

func (s *Server) openLog() (*os.File, error) {
	path := filepath.Join(s.folder.Path(), "log")
	flags := os.O_CREATE | os.O_RDWR | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		flags |= os.O_TRUNC
	}
	log, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	return log, nil
}

func since(log *os.File, start int64) string {
	text, err := io.ReadAll(io.NewSectionReader(log, start, 64<<10))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// complaint picks from a program's output what explains its failure.
func complaint(output string) string {
	var picked []string
	for line := range strings.Lines(output) {
		for _, mark := range []string{"FATAL:", "PANIC:", "ERROR:", "HINT:", "error:", "hint:"} {
			if at := strings.Index(line, mark); at >= 0 {
				picked = append(picked, strings.TrimSpace(line[at:]))
				break
			}
		}
	}
	if len(picked) == 0 {
		lines := strings.Split(strings.TrimSpace(output), "\n")
		return strings.TrimSpace(lines[len(lines)-1])
	}
	return strings.Join(picked[:min(len(picked), 3)], " ")
}

func (s *Server) answers(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func (s *Server) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", Database).Scan(&there); err != nil {
		return fmt.Errorf("list the databases: %w", err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+Database); err != nil {
		return fmt.Errorf("create database %s: %w", Database, err)
	}
	return nil
}

// URL is how a database of this server is reached, in the form of DATABASE_URL.
func (s *Server) URL(database string) string {
	// Of escapes PostgreSQL's clients know %20 and not the plus sign of web forms.
	host := strings.ReplaceAll(url.QueryEscape(s.socketDir), "+", "%20")
	return fmt.Sprintf("postgres://%s@/%s?host=%s&port=5432&sslmode=disable", Database, database, host)
}

// Home is the folder the database is really kept in.
func (s *Server) Home() string { return s.folder.Path() }

// Major is the server's version.
func (s *Server) Major() int { return s.programs.major }

// TookOver tells whether Start found the server running.
func (s *Server) TookOver() bool { return s.tookOver }

// PID is the number of the server's process; it changes when the server is started again.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process.pid
}

// Failed delivers one error when the server has died and could not be started again.
func (s *Server) Failed() <-chan error { return s.failed }

// Restart stops the server, cutting its connections, and starts it again under the same address.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopProcess(ctx, s.process)
	return s.startAgain(ctx)
}

func (s *Server) startAgain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	started, err := s.launch(ctx)
	if err != nil {
		return err
	}
	s.process = started
	go s.watch(started)
	return nil
}

// watch starts the server again when its process ends and nobody has asked it to.
func (s *Server) watch(p *process) {
	<-p.done
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || s.process != p {
		return
	}
	s.log.Warn("PostgreSQL ended by itself and is started again", "process", p.pid)
	if err := s.revive(); err != nil {
		s.failed <- fmt.Errorf("PostgreSQL ended by itself: %w", err)
	}
}

func (s *Server) revive() error {
	now := time.Now()
	if s.revivals = append(s.revivals, now); len(s.revivals) > maxRevivals {
		if now.Sub(s.revivals[0]) < revivalWindow {
			return fmt.Errorf("it did so %d times in %v (its log: %s)", maxRevivals+1, revivalWindow, filepath.Join(s.Home(), "log"))
		}
		s.revivals = s.revivals[1:]
	}
	return s.startAgain(context.Background())
}

// Stop shuts the server down, cutting what connections are left, and gives the folder back.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	s.stopProcess(ctx, s.process)
	if s.socketDir != filepath.Join(s.folder.Path(), "socket") {
		if err := os.RemoveAll(s.socketDir); err != nil {
			return fmt.Errorf("remove the socket's folder: %w", err)
		}
	}
	return s.folder.Close()
}

// Abandon asks the server to shut down and does not wait for it. It is for a process that must end at once; the next Start
// waits for the shutdown's end.
func (s *Server) Abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	s.process.signal(syscall.SIGINT)
}

// stopProcess asks for a fast shutdown, and for an immediate one (a crash, from which PostgreSQL recovers at its next
// start) when that takes too long.
func (s *Server) stopProcess(ctx context.Context, p *process) {
	p.signal(syscall.SIGINT)
	select {
	case <-p.done:
		return
	case <-ctx.Done():
	case <-time.After(stopTimeout):
	}
	s.log.Warn("PostgreSQL does not stop and is cut off; it will recover when it starts", "process", p.pid)
	p.signal(syscall.SIGQUIT)
	select {
	case <-p.done:
	case <-time.After(stopTimeout):
		p.signal(syscall.SIGKILL)
		<-p.done
	}
}

// pause waits a moment before another try; its error is that of ctx.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(20 * time.Millisecond):
		return nil
	}
}
