package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// part is something running.
type part struct {
	name string
	stop func(context.Context) error
	// abandon, optional, is the least that must be done when there is no time to stop.
	abandon func()
	// failed, optional, delivers an error when the part cannot go on.
	failed <-chan error
	// quiet parts are of no interest to who watches.
	quiet bool
}

// stack is what runs, in the order it was started.
type stack struct {
	mu    sync.Mutex
	parts []part
}

func (s *stack) push(p part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, p)
}

func (s *stack) snapshot() []part {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.parts)
}

// wait returns when ctx ends or a part fails, with what happened.
func (s *stack) wait(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, p := range s.snapshot() {
		if p.failed == nil {
			continue
		}
		go func() {
			select {
			case err := <-p.failed:
				cancel(fmt.Errorf("%s: %w", p.name, err))
			case <-ctx.Done():
			}
		}()
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// stop stops everything, the last started first, and goes on past errors.
func (s *stack) stop(ctx context.Context, out *console) error {
	var errs []error
	for _, p := range slices.Backward(s.snapshot()) {
		if err := p.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", p.name, err))
		} else if !p.quiet {
			out.line("  %-12s stopped", p.name)
		}
	}
	return errors.Join(errs...)
}

func (s *stack) abandon() {
	for _, p := range slices.Backward(s.snapshot()) {
		if p.abandon != nil {
			p.abandon()
		}
	}
}
