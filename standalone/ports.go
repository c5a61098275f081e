package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// ports are the listeners of all addresses, opened before anything starts: whatever is taken is found out at once, and
// nobody can take one meanwhile.
type ports struct {
	app, temporal, ui, mail, mailbox net.Listener
}

// openPorts listens on every address and replaces port 0 in the settings by what was given.
func openPorts(ctx context.Context, s *settings) (ports, error) {
	var p ports
	place := map[*string]*net.Listener{
		&s.Addr: &p.app, &s.TemporalAddr: &p.temporal, &s.UIAddr: &p.ui, &s.MailAddr: &p.mail, &s.MailboxAddr: &p.mailbox,
	}
	for _, item := range s.addresses() {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *item.value)
		if err != nil {
			p.close()
			return ports{}, describeListenError(item, err)
		}
		*place[item.value] = listener
		*item.value = listener.Addr().String()
	}
	return p, nil
}

func describeListenError(item setting, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s: the address %s is taken by another program: stop it, or choose another with %s or --%s",
			item.variable, *item.value, item.variable, item.flag)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s: ports below 1024, as in %s, are for root: choose another with %s or --%s",
			item.variable, *item.value, item.variable, item.flag)
	}
	return fmt.Errorf("%s: %w", item.variable, err)
}

func (p ports) close() {
	for _, listener := range []net.Listener{p.app, p.temporal, p.ui, p.mail, p.mailbox} {
		if listener != nil {
			listener.Close()
		}
	}
}
