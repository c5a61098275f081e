package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// letters is a mail server that takes every letter, counts it and keeps none: how a mail server stores its letters is not
// what is measured here.
type letters struct {
	server *smtp.Server
	url    string
	ended  chan error
	taken  atomic.Int64
}

// takeLetters starts the server on a free port.
func takeLetters(ctx context.Context) (*letters, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port for letters: %w", err)
	}
	l := &letters{url: "smtp://" + listener.Addr().String() + "?starttls=off&from=bench@bench.example", ended: make(chan error, 1)}
	l.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return letter{l}, nil }))
	l.server.Domain, l.server.ReadTimeout, l.server.WriteTimeout = "bench.example", time.Minute, time.Minute
	go func() { l.ended <- l.server.Serve(listener) }()
	return l, nil
}

func (l *letters) close() error {
	err := l.server.Close()
	if ended := <-l.ended; err == nil && !errors.Is(ended, smtp.ErrServerClosed) {
		err = ended
	}
	return err
}

// letter is a conversation with the server.
type letter struct{ to *letters }

// Mail takes any sender.
func (letter) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes any recipient.
func (letter) Rcpt(string, *smtp.RcptOptions) error { return nil }

// Data reads the whole letter.
func (l letter) Data(text io.Reader) error {
	if _, err := io.Copy(io.Discard, text); err != nil {
		return err
	}
	l.to.taken.Add(1)
	return nil
}

// Reset has nothing to forget.
func (letter) Reset() {}

// Logout has nothing to end.
func (letter) Logout() error { return nil }
