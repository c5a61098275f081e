package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"marshrut/crm"
)

const (
	defaultEventInterval = 300 * time.Millisecond // between two looks at the change log
	changesAtOnce        = 1000
	slowAfter            = 64 // batches that a stream may be behind before it is let go
)

// hub reads the change log once for all streams, while there are any.
type hub struct {
	changes  Changes
	log      *slog.Logger
	interval time.Duration

	mu     sync.Mutex
	subs   map[*subscription]struct{}
	head   crm.Position // what the subscriptions have been given, or have begun with
	stop   context.CancelFunc
	closed bool
}

// subscription is one stream's part of what the hub reads.
type subscription struct {
	batches chan *crm.ChangeBatch // closed: the stream is too slow, or the server stops
}

func newHub(changes Changes, log *slog.Logger, interval time.Duration) *hub {
	if interval <= 0 {
		interval = defaultEventInterval
	}
	return &hub{changes: changes, log: log, interval: interval, subs: map[*subscription]struct{}{}}
}

// join begins a subscription. It gets everything that follows the position given, and nothing of what comes before.
func (h *hub) join(ctx context.Context) (*subscription, crm.Position, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sub := &subscription{batches: make(chan *crm.ChangeBatch, slowAfter)}
	if h.closed {
		close(sub.batches)
		return sub, h.head, nil
	}
	if len(h.subs) == 0 {
		head, err := h.changes.ChangesHead(ctx)
		if err != nil {
			return nil, crm.Position{}, err
		}
		h.head = head
		var pumping context.Context
		pumping, h.stop = context.WithCancel(context.WithoutCancel(ctx))
		go h.pump(pumping)
	}
	h.subs[sub] = struct{}{}
	return sub, h.head, nil
}

// leave ends a subscription; the last one lets the hub rest.
func (h *hub) leave(sub *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(sub)
}

func (h *hub) drop(sub *subscription) {
	if _, there := h.subs[sub]; !there {
		return
	}
	delete(h.subs, sub)
	close(sub.batches)
	if len(h.subs) == 0 {
		h.stop()
	}
}

// close ends all streams: the server stops.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for sub := range h.subs {
		h.drop(sub)
	}
}

func (h *hub) pump(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(h.interval):
		}
		for full := true; full; {
			var err error
			if full, err = h.read(ctx); err != nil {
				if ctx.Err() == nil {
					h.log.WarnContext(ctx, "the change log could not be read", "error", crm.Scrub(err))
				}
				full = false
			}
		}
	}
}

// read gives the next changes to all, and tells whether there may be more. A stream that does not keep up is let go: it can
// come back and go on from where it was.
func (h *hub) read(ctx context.Context) (bool, error) {
	h.mu.Lock()
	after := h.head
	h.mu.Unlock()
	batch, err := h.changes.ChangesAfter(ctx, after, changesAtOnce)
	if err != nil {
		return false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil { // another pump may have begun elsewhere
		return false, nil
	}
	h.head = batch.Through
	if len(batch.Changes) == 0 && !batch.Lost {
		return false, nil
	}
	for sub := range h.subs {
		select {
		case sub.batches <- batch:
		default:
			h.drop(sub)
		}
	}
	return len(batch.Changes) == changesAtOnce, nil
}
