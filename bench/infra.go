package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	startPatience = time.Minute
	stopPatience  = 50 * time.Second // the standalone program cuts off by itself what has not stopped in 45 s
)

// standalone is a running marshrut-standalone on free ports.
type standalone struct {
	cmd   *exec.Cmd
	ended chan error
	env   map[string]string
	took  time.Duration // from the start of the program until it was ready
	log   *strings.Builder
}

// startStandalone starts the program on a data folder and waits until it is ready. Flags win over what the environment says
// of other servers: everything is private.
func startStandalone(ctx context.Context, program, data string, flags ...string) (*standalone, error) {
	arguments := append([]string{
		"--data", data, "--database-url=", "--smtp-url=", "--sms-url=", "--routemaps=", "--addr=127.0.0.1:0",
		"--temporal-addr=127.0.0.1:0", "--ui-addr=127.0.0.1:0", "--mail-addr=127.0.0.1:0", "--mailbox-addr=127.0.0.1:0",
	}, flags...)
	// Not CommandContext: it would kill the program, which must stop its Postgres in good order.
	s := &standalone{cmd: exec.Command(program, arguments...), ended: make(chan error, 1), log: &strings.Builder{}} //nolint:gosec,noctx // the program is the caller's to name, and ends by a signal
	// A group of its own: Ctrl-C in the terminal is for the bench, which then stops it.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, writer := io.Pipe()
	s.cmd.Stdout, s.cmd.Stderr = writer, writer
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	ready, read := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(read)
		s.watch(output, ready)
	}()
	go func() {
		err := s.cmd.Wait()
		_ = writer.Close() // never fails
		<-read
		s.ended <- err
	}()
	if err := s.awaitReady(ctx, ready); err != nil {
		return nil, err
	}
	s.took = time.Since(began)
	var err error
	if s.env, err = readEnv(filepath.Join(data, "env")); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// watch reads what the program says and tells when it is ready.
func (s *standalone) watch(output io.Reader, ready chan<- struct{}) {
	told := false
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if !told && strings.HasPrefix(lines.Text(), "Ready in ") {
			told = true
			close(ready)
		}
		if !told {
			s.log.WriteString(lines.Text() + "\n")
		}
	}
	_, _ = io.Copy(io.Discard, output) // after a line too long for the scanner
}

func (s *standalone) awaitReady(ctx context.Context, ready <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	select {
	case <-ready:
		return nil
	case err := <-s.ended:
		return fmt.Errorf("%s ended instead of starting (%w):\n%s", s.cmd.Path, err, s.log)
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("wait for %s to be ready: %w", s.cmd.Path, ctx.Err()), s.stop())
	}
}

// stop ends the program and waits for it.
func (s *standalone) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", s.cmd.Path, err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			return fmt.Errorf("%s ended badly: %w", s.cmd.Path, err)
		}
		return nil
	case <-time.After(stopPatience):
		return errors.Join(fmt.Errorf("%s did not stop in %v", s.cmd.Path, stopPatience), s.cmd.Process.Kill())
	}
}

// readEnv reads the environment file of the standalone program; of a shell's quotes it knows those that the program writes.
func readEnv(path string) (map[string]string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // in the bench's own folder
	if err != nil {
		return nil, fmt.Errorf("read where the servers are: %w", err)
	}
	env := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		env[name] = strings.ReplaceAll(strings.Trim(value, "'"), `'\''`, "'")
	}
	return env, nil
}

// measureStarts starts the whole application on existing data, several times, and gives the seconds until it was ready.
func measureStarts(ctx context.Context, program, data string, rounds int, say progress) (figure, error) {
	var took []float64
	for round := range rounds {
		s, err := startStandalone(ctx, program, data)
		if err != nil {
			return figure{}, err
		}
		took = append(took, s.took.Seconds())
		say("start %d of %d: ready in %.1f s", round+1, rounds, s.took.Seconds())
		if err := s.stop(); err != nil {
			return figure{}, err
		}
	}
	return valueOf("start of marshrut-standalone on existing data", "%.1f s", median(took), atMost(4)), nil
}
