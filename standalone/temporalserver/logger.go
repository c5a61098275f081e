package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// maxHeld bounds the messages held back during a start.
const maxHeld = 100

// gate decides what becomes of the messages. While the server starts and its services wait for each other they are held
// back, and passed on only if the start fails; while it stops they are dropped.
type gate struct {
	mu    sync.Mutex
	state gateState
	held  []func()
}

type gateState int

const (
	holding gateState = iota
	passing
	dropping
)

func (g *gate) write(message func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.state == passing:
		message()
	case g.state == holding && len(g.held) < maxHeld:
		g.held = append(g.held, message)
	}
}

// started forgets what was held back; further messages pass.
func (g *gate) started() { g.set(passing) }

// failed passes on what was held back, and no more.
func (g *gate) failed() {
	g.mu.Lock()
	held := g.held
	g.mu.Unlock()
	for _, message := range held {
		message()
	}
	g.stopping()
}

// stopping drops what comes: the services complain of each other's going.
func (g *gate) stopping() { g.set(dropping) }

func (g *gate) set(state gateState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state, g.held = state, nil
}

// logger passes warnings and errors of the server on to slog.
type logger struct {
	slog *slog.Logger
	gate *gate
	// fatal takes the first error after which the server cannot go on.
	fatal chan error
}

// nexusHint begins a warning at every start about a way to call other services that is not used here.
const nexusHint = "HTTP API port has not been set"

var (
	_ log.Logger     = (*logger)(nil)
	_ log.WithLogger = (*logger)(nil)
)

func newLogger(to *slog.Logger) *logger {
	return &logger{slog: to, gate: new(gate), fatal: make(chan error, 1)}
}

// Debug drops the message.
func (l *logger) Debug(string, ...tag.Tag) {}

// Info drops the message.
func (l *logger) Info(string, ...tag.Tag) {}

// Warn passes the message on.
func (l *logger) Warn(msg string, tags ...tag.Tag) { l.write(slog.LevelWarn, msg, tags) }

// Error passes the message on.
func (l *logger) Error(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// DPanic passes the message on as an error: it marks what would stop a development build.
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic passes the message on and panics; the server recovers from it where it means to.
func (l *logger) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic("Temporal: " + msg) //nolint:forbidigo // what the server means by it
}

// Fatal reports the message to who watches the server and ends the calling goroutine. The server expects the whole
// process to end: that is for its owner to do, who has a database to stop first.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	err := errors.New(msg)
	for _, t := range tags {
		if t.Key() == "error" {
			err = fmt.Errorf("%s: %v", msg, t.Value())
		}
	}
	select {
	case l.fatal <- err:
	default:
	}
	runtime.Goexit()
}

// With adds tags to every message.
func (l *logger) With(tags ...tag.Tag) log.Logger {
	return &logger{slog: slog.New(l.slog.Handler().WithAttrs(attributes(tags))), gate: l.gate, fatal: l.fatal}
}

func (l *logger) write(level slog.Level, msg string, tags []tag.Tag) {
	if strings.HasPrefix(msg, nexusHint) {
		return
	}
	l.gate.write(func() {
		l.slog.LogAttrs(context.Background(), level, "Temporal: "+msg, attributes(tags)...) //nolint:sloglint // the server's message
	})
}

func attributes(tags []tag.Tag) []slog.Attr {
	all := make([]slog.Attr, 0, len(tags))
	for _, t := range tags {
		all = append(all, slog.Any(t.Key(), t.Value()))
	}
	return all
}
