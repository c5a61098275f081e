package temporalserver

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger passes warnings and errors of the server on to slog.
type logger struct {
	slog  *slog.Logger
	muted *atomic.Bool
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
	return &logger{slog: to, muted: new(atomic.Bool), fatal: make(chan error, 1)}
}

// mute silences a server which is being stopped.
func (l *logger) mute() { l.muted.Store(true) }

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
	panic("Temporal: " + msg)
}

// Fatal reports the message to who watches the server and ends the calling goroutine. The server expects the whole
// process to end: that is for its owner to do, who has a database to stop first.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	err := fmt.Errorf("%s", msg)
	for _, t := range tags {
		if cause, ok := t.Value().(error); ok {
			err = fmt.Errorf("%s: %w", msg, cause)
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
	return &logger{slog: slog.New(l.slog.Handler().WithAttrs(attributes(tags))), muted: l.muted, fatal: l.fatal}
}

func (l *logger) write(level slog.Level, msg string, tags []tag.Tag) {
	if l.muted.Load() || strings.HasPrefix(msg, nexusHint) {
		return
	}
	l.slog.LogAttrs(context.Background(), level, "Temporal: "+msg, attributes(tags)...)
}

func attributes(tags []tag.Tag) []slog.Attr {
	all := make([]slog.Attr, 0, len(tags))
	for _, t := range tags {
		all = append(all, slog.Any(t.Key(), t.Value()))
	}
	return all
}
