// Command standalone runs Marshrut and everything it needs in one process on one machine: a private PostgreSQL, a Temporal
// server with its UI, and a mailbox that shows the mail and SMS which would have been sent.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stopTimeout bounds the whole stop; what has not stopped by then is cut off.
const stopTimeout = 45 * time.Second

var errInterrupted = errors.New("interrupted")

func main() {
	s, err := parseSettings(os.Args[1:], os.Getenv, os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "marshrut:", err)
		os.Exit(2)
	}
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "marshrut:", err)
		os.Exit(1)
	}
}

// run starts everything, waits for a signal or a failure, and stops everything in the reverse order.
func run(s settings) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var all stack
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(errInterrupted)
		<-signals
		all.abandon()
		os.Exit(130)
	}()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	out := newConsole(os.Stdout)
	began := time.Now()
	err := start(ctx, s, &all, out, log)
	if err == nil {
		out.line("Ready in %.1f s. Ctrl-C stops.", time.Since(began).Seconds())
		err = all.wait(ctx)
	}
	interrupted := errors.Is(context.Cause(ctx), errInterrupted)
	if interrupted {
		out.line("\nStopping (Ctrl-C again: at once)")
	}
	stopping, cancelStop := context.WithTimeout(context.Background(), stopTimeout)
	defer cancelStop()
	stopped := all.stop(stopping, out)
	if interrupted {
		err = nil
	}
	return errors.Join(err, stopped)
}
