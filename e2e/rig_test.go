// Package e2e tests the whole system with its real programs: `marshrut server` and `marshrut worker` as processes of their
// own on a private PostgreSQL, Temporal and mailbox, talked to as people, clients and operators do.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	sdk "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

const (
	// standaloneVariable names the built program of the module standalone; a relative path begins at the top of the repository.
	standaloneVariable = "MARSHRUT_STANDALONE"
	// eventsPerRun is where Temporal suggests to continue as new: more than a short case needs in one run, and few enough for
	// tests to get there.
	eventsPerRun = 80
	// patience is how long anything may take that a test waits for, on a slow machine that does other things too.
	patience = 60 * time.Second
	tick     = 25 * time.Millisecond
)

// system is the one running copy that all tests share.
var system *rig

// rig is a running copy.
type rig struct {
	folder   string
	infra    *process
	server   *process
	worker   *process
	env      map[string]string // what the infrastructure tells other programs
	db       *pgxpool.Pool
	temporal sdk.Client
	people   map[string]*person
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run gives back the exit code; what has been started is stopped however the tests end.
func run(m *testing.M) (code int) {
	ctx := context.Background()
	r, err := newRig(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "prepare the tests:", err)
		return 1
	}
	defer func() {
		if code != 0 {
			r.tell(os.Stderr)
		}
		if err := r.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop:", err)
			code = 1
		}
	}()
	system = r // the people it hires ask it for the server's address
	if err := r.start(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "start:", err)
		return 1
	}
	return m.Run()
}

// newRig builds what is to be run.
func newRig(ctx context.Context) (r *rig, err error) {
	folder, err := os.MkdirTemp("", "marshrut-e2e-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	// PostgreSQL does not run as root: its user must get through to its data.
	if err := os.Chmod(folder, 0o755); err != nil {
		return nil, err
	}
	r = &rig{folder: folder, people: map[string]*person{}}
	program := filepath.Join(folder, "marshrut")
	if err := build(ctx, "..", program, "./cmd/marshrut"); err != nil {
		return nil, err
	}
	standalone := os.Getenv(standaloneVariable)
	switch {
	case standalone == "":
		standalone = filepath.Join(folder, "marshrut-standalone")
		if err := build(ctx, filepath.Join("..", "standalone"), standalone, "."); err != nil {
			return nil, err
		}
	case !filepath.IsAbs(standalone):
		standalone = filepath.Join("..", standalone)
	}
	if standalone, err = filepath.Abs(standalone); err != nil {
		return nil, err
	}
	r.infra = &process{name: "standalone", path: standalone, folder: folder}
	r.server = &process{name: "server", path: program, args: []string{"server"}, folder: folder}
	r.worker = &process{name: "worker", path: program, args: []string{"worker"}, folder: folder}
	return r, nil
}

func build(ctx context.Context, module, output, target string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", output, target)
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s in %s: %w\n%s", target, module, err, out)
	}
	return nil
}

func (r *rig) start(ctx context.Context) error {
	if err := r.startInfra(ctx); err != nil {
		return err
	}
	if out, err := r.marshrut(ctx, "", "migrate"); err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	if err := errors.Join(r.startServer(ctx), r.worker.start()); err != nil {
		return err
	}
	var err error
	if r.db, err = pgxpool.New(ctx, r.env["DATABASE_URL"]); err != nil {
		return err
	}
	r.temporal, err = sdk.DialContext(ctx, sdk.Options{
		HostPort: r.env["TEMPORAL_ADDRESS"], Namespace: r.env["TEMPORAL_NAMESPACE"], Logger: log.NewStructuredLogger(quiet()),
	})
	if err != nil {
		return err
	}
	return r.hire(ctx)
}

// startInfra starts PostgreSQL, Temporal and the mailbox: on free ports, and again on those it had.
func (r *rig) startInfra(ctx context.Context) error {
	data := filepath.Join(r.folder, "data")
	// What a killed one has left would be taken for the next one's.
	if err := os.Remove(filepath.Join(data, "env")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	r.infra.args = []string{
		"--infra-only", "--data", data,
		"--temporal-dynamic", "limit.historyCount.suggestContinueAsNew=" + strconv.Itoa(eventsPerRun),
	}
	for flag, variable := range map[string]string{
		"--addr": "MARSHRUT_ADDR", "--temporal-addr": "MARSHRUT_TEMPORAL_ADDR", "--ui-addr": "MARSHRUT_UI_ADDR",
		"--mail-addr": "MARSHRUT_MAIL_ADDR", "--mailbox-addr": "MARSHRUT_MAILBOX_ADDR",
	} {
		address := "127.0.0.1:0"
		if r.env != nil {
			address = r.env[variable]
		}
		r.infra.args = append(r.infra.args, flag, address)
	}
	if err := r.infra.start(); err != nil {
		return err
	}
	err := poll(ctx, func() (bool, error) {
		if r.infra.over() {
			return false, errors.New("it ended while starting")
		}
		text, err := os.ReadFile(filepath.Join(data, "env"))
		if err != nil {
			return false, nil //nolint:nilerr // the file appears when everything runs
		}
		r.env = parseEnv(string(text))
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("start the infrastructure: %w", err)
	}
	r.server.env, r.worker.env = r.env, r.env
	return nil
}

func parseEnv(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = strings.Trim(value, "'")
	}
	return values
}

// startServer starts the server and waits until it answers.
func (r *rig) startServer(ctx context.Context) error {
	if err := r.server.start(); err != nil {
		return err
	}
	return poll(ctx, func() (bool, error) {
		if r.server.over() {
			return false, errors.New("the server ended while starting")
		}
		response, err := http.Get("http://" + r.env["MARSHRUT_ADDR"] + "/livez")
		if err != nil {
			return false, nil //nolint:nilerr // it does not listen yet
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK, nil
	})
}

// marshrut runs the program to its end.
func (r *rig) marshrut(ctx context.Context, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, r.server.path, args...)
	cmd.Env = environment(r.env)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// stop ends everything as an operator would; what does not end by itself is a failure.
func (r *rig) stop() error {
	if r.temporal != nil {
		r.temporal.Close()
	}
	if r.db != nil {
		r.db.Close()
	}
	return errors.Join(r.server.stop(), r.worker.stop(), r.infra.stop(), os.RemoveAll(r.folder))
}

// tell prints the ends of the programs' logs, without what went as it should: it follows what the tests say of their failures, which
// it must not push out of sight.
func (r *rig) tell(w io.Writer) {
	for _, p := range []*process{r.infra, r.server, r.worker} {
		text, err := os.ReadFile(p.logFile())
		if err != nil {
			continue
		}
		var odd []string
		for line := range strings.Lines(string(text)) {
			if !strings.Contains(line, `"level":"INFO"`) {
				odd = append(odd, line)
			}
		}
		const last = 20
		fmt.Fprintf(w, "---- the end of the log of %s\n%s", p.name, strings.Join(odd[max(0, len(odd)-last):], ""))
	}
}

// process is a program that is started, killed and started again.
type process struct {
	name   string
	path   string
	args   []string
	env    map[string]string
	folder string

	cmd   *exec.Cmd
	ended chan struct{}
}

func (p *process) logFile() string { return filepath.Join(p.folder, p.name+".log") }

func (p *process) start() error {
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd = exec.Command(p.path, p.args...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = log, log, environment(p.env)
	// A Ctrl-C in the terminal is for the tests, which then stop the programs in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	ended, cmd := make(chan struct{}), p.cmd
	p.ended = ended
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its state tells the rest
	}()
	return nil
}

// over tells whether the process has ended, or was never started.
func (p *process) over() bool {
	if p.ended == nil {
		return true
	}
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill ends the process as a power failure would.
func (p *process) kill() error {
	if p.over() {
		return fmt.Errorf("%s has ended by itself: %v", p.name, p.cmd.ProcessState)
	}
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	<-p.ended
	return nil
}

// stop asks the process to end, and kills it when it does not.
func (p *process) stop() error {
	if p.over() {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			return fmt.Errorf("%s ended with code %d", p.name, code)
		}
		return nil
	case <-time.After(patience):
		return errors.Join(fmt.Errorf("%s did not end within %v", p.name, patience), p.kill())
	}
}

// environment is this process's own, without what would lead a program to another copy.
func environment(more map[string]string) []string {
	var all []string
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "MARSHRUT_") && !strings.HasPrefix(line, "TEMPORAL_") && !strings.HasPrefix(line, "DATABASE_URL=") {
			all = append(all, line)
		}
	}
	for name, value := range more {
		all = append(all, name+"="+value)
	}
	return all
}

// poll asks until the answer is yes, an error, or patience is at its end.
func poll(ctx context.Context, is func() (bool, error)) error { return pollFor(ctx, patience, is) }

func pollFor(ctx context.Context, within time.Duration, is func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		yes, err := is()
		if yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// until waits for something to become true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	patient(t, patience, what, is)
}

func patient(t *testing.T, within time.Duration, what string, is func() bool) {
	t.Helper()
	if err := pollFor(t.Context(), within, func() (bool, error) { return is(), nil }); err != nil {
		t.Fatalf("waiting until %s: %v", what, err)
	}
}
