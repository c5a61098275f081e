package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// subject is one of the two sides that are compared.
type subject interface {
	// begin starts a case.
	begin(ctx context.Context) (runner, error)
}

// runner is one case at work: two completions, then the end.
type runner interface {
	complete(ctx context.Context) error
	// end waits until the case's workflow has ended, its messages delivered.
	end(ctx context.Context) error
}

// completions is how many tasks a case has.
const completions = 2

// load is what one round of one side measured.
type load struct {
	perSecond float64 // cases, from the first request to the end of the last workflow
	completed []time.Duration
	cases     []runner
}

// carry takes cases from begin to end with so many clients at work at a time: first all are begun, then all are completed
// once, then twice, and then their ends are waited for.
func carry(ctx context.Context, side subject, cases, clients int) (*load, error) {
	l := &load{cases: make([]runner, cases), completed: make([]time.Duration, completions*cases)}
	began := time.Now()
	err := each(ctx, cases, clients, func(ctx context.Context, i int) error {
		var err error
		l.cases[i], err = side.begin(ctx)
		return err
	})
	for step := 0; step < completions && err == nil; step++ {
		err = each(ctx, cases, clients, func(ctx context.Context, i int) error {
			began := time.Now()
			err := l.cases[i].complete(ctx)
			l.completed[step*cases+i] = time.Since(began)
			return err
		})
	}
	if err == nil {
		err = each(ctx, cases, clients, func(ctx context.Context, i int) error { return l.cases[i].end(ctx) })
	}
	if err != nil {
		return nil, err
	}
	l.perSecond = float64(cases) / time.Since(began).Seconds()
	return l, nil
}

// each does n things, so many at a time, and stops at the first that fails.
func each(ctx context.Context, n, together int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// compare runs rounds of both sides in turn. It gives their figures, and the product's cases of the last round.
func compare(ctx context.Context, product, baseline subject, p plan, say progress) ([]figure, []runner, error) {
	sides := [2]subject{product, baseline}
	var speed, p50, p99 [2][]float64
	var last []runner
	for round := range p.rounds + 1 {
		for turn := range sides {
			// Each round begins with the side that the round before it ended with.
			i := (turn + round) % len(sides)
			l, err := carry(ctx, sides[i], p.cases, p.clients)
			if err != nil {
				return nil, nil, fmt.Errorf("round %d: %w", round, err)
			}
			if i == 0 {
				last = l.cases
			}
			if round == 0 {
				continue // to warm up
			}
			speed[i] = append(speed[i], l.perSecond)
			p50[i] = append(p50[i], inMilliseconds(l.completed, 50))
			p99[i] = append(p99[i], inMilliseconds(l.completed, 99))
		}
		if round == 0 {
			say("warmed up")
			continue
		}
		k := round - 1
		say("round %d of %d: %.0f appeals/s, bare %.0f; complete p50 %.0f ms, p99 %.0f ms, bare %.0f and %.0f",
			round, p.rounds, speed[0][k], speed[1][k], p50[0][k], p99[0][k], p50[1][k], p99[1][k])
	}
	return []figure{
		ratioOf("cases/s, appeal ÷ bare workflow", "%.0f", speed[0], speed[1], atLeast(0.75)),
		ratioOf(fmt.Sprintf("complete p50 at %d clients, HTTP ÷ bare Update by SDK", p.clients), "%.1f ms", p50[0], p50[1], atMost(1.4)),
		ratioOf(fmt.Sprintf("complete p99 at %d clients, HTTP ÷ bare Update by SDK", p.clients), "%.1f ms", p99[0], p99[1], atMost(1.6)),
	}, last, nil
}
