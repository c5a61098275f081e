package server

import (
	"net/netip"
	"sync"
	"time"
)

// How many wrong passwords are let through. The count is per login and address: a stranger who tries a colleague's login
// locks out nobody but himself.
const (
	maxAttempts   = 5
	attemptWindow = 5 * time.Minute
	maxThrottled  = 10_000 // entries kept; a flood of made-up logins costs no more memory than this
)

type throttleKey struct{ login, address string }

// throttle counts wrong passwords. It is of this process alone: with several, each lets its own share through.
type throttle struct {
	mu       sync.Mutex
	attempts map[throttleKey]*attempts
}

type attempts struct {
	wrong   int
	pending int // whose passwords are being looked at
	since   time.Time
}

// whilePending is how long an attempt waits that only others at work keep out.
const whilePending = time.Second

func newThrottle() *throttle { return &throttle{attempts: map[throttleKey]*attempts{}} }

// sender is what attempts are counted by of an address: of one of IPv6 the network that a subscriber has to himself.
func sender(address string) string {
	const subscriber = 64 // bits
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	network, err := ip.WithZone("").Prefix(subscriber)
	if err != nil {
		return address
	}
	return network.String()
}

// begin counts an attempt before its password is looked at, so that many at once gain nothing. It says how long the key
// has to wait; 0: it may try.
func (t *throttle) begin(key throttleKey, now time.Time) time.Duration {
	key.address = sender(key.address)
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.attempts[key]
	if !ok || now.Sub(a.since) >= attemptWindow {
		t.makeRoom(now)
		a = &attempts{since: now}
		t.attempts[key] = a
	}
	switch {
	case a.wrong >= maxAttempts:
		return a.since.Add(attemptWindow).Sub(now)
	case a.wrong+a.pending >= maxAttempts:
		return whilePending
	}
	a.pending++
	return 0
}

// end says what became of an attempt that begin let through. A right password makes up for the wrong ones before it; one that
// could not be looked at counts as none.
func (t *throttle) end(key throttleKey, right, wrong bool) {
	key.address = sender(key.address)
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.attempts[key]
	if !ok {
		return
	}
	a.pending = max(0, a.pending-1)
	switch {
	case right:
		a.wrong = 0
	case wrong:
		a.wrong++
	}
	if a.wrong == 0 && a.pending == 0 {
		delete(t.attempts, key)
	}
}

// makeRoom drops what is out of date, and when that is not enough, the oldest entry.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.attempts) < maxThrottled {
		return
	}
	var oldest throttleKey
	var since time.Time
	for key, a := range t.attempts {
		if now.Sub(a.since) >= attemptWindow {
			delete(t.attempts, key)
			continue
		}
		if since.IsZero() || a.since.Before(since) {
			oldest, since = key, a.since
		}
	}
	if len(t.attempts) >= maxThrottled {
		delete(t.attempts, oldest)
	}
}
