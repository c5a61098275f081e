package e2e

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// silentServer is a mail server that takes letters whole and then says nothing: whoever sent one never learns what became
// of it.
type silentServer struct {
	net.Listener
	sessions sync.WaitGroup
	mu       sync.Mutex
	open     []net.Conn
	taken    int
}

func newSilentServer(t *testing.T) *silentServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &silentServer{Listener: listener}
	s.sessions.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, conn)
			s.mu.Unlock()
			s.sessions.Go(func() { s.session(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		s.mu.Lock()
		for _, conn := range s.open {
			_ = conn.Close()
		}
		s.mu.Unlock()
		s.sessions.Wait()
	})
	return s
}

func (s *silentServer) session(conn net.Conn) {
	fmt.Fprint(conn, "220 here\r\n")
	lines := bufio.NewScanner(conn)
	for body := false; lines.Scan(); {
		line := lines.Text()
		switch {
		case body && line == ".":
			s.mu.Lock()
			s.taken++
			s.mu.Unlock()
			body = false
		case body:
		case strings.HasPrefix(line, "DATA"):
			body = true
			fmt.Fprint(conn, "354 go on\r\n")
		default:
			fmt.Fprint(conn, "250 fine\r\n")
		}
	}
}

// letters is how many were taken.
func (s *silentServer) letters() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// TestR51_WorkerKilledInTheSMTPGap: the letter is out, and whether it was accepted nobody knows. It is not sent again until a
// person says so, and the case waits for none of this.
func TestR51_WorkerKilledInTheSMTPGap(t *testing.T) {
	silent := newSilentServer(t)
	address, err := url.Parse(system.env["MARSHRUT_SMTP_URL"])
	require.NoError(t, err)
	address.Host = silent.Addr().String()
	elsewhere := maps.Clone(system.env)
	elsewhere["MARSHRUT_SMTP_URL"] = address.String()

	require.NoError(t, system.worker.kill())
	system.worker.env = elsewhere
	t.Cleanup(func() { system.worker.env = system.env })
	require.NoError(t, system.worker.start())
	a := troubled(t)
	until(t, "the mail server has the letter", func() bool { return silent.letters() == 1 })
	require.NoError(t, system.worker.kill())
	system.worker.env = system.env
	require.NoError(t, system.worker.start())

	// The case goes on meanwhile.
	path, body := a.handOver(t)
	as(dispatcher).insist(t, path, body, key(path))
	// Temporal gives the attempt up after its minute; the next one finds it lost.
	var lost notificationDoc
	patient(t, 3*time.Minute, "the letter's fate is unknown", func() bool {
		lost = as(manager).notifications(t, a.id())[0]
		require.NotContains(t, []string{"sent", "failed", "skipped"}, lost.Status)
		return lost.Status == "unknown"
	})
	require.Equal(t, "worker_lost", lost.Reason)
	require.NotEqual(t, lost.Reason, lost.ReasonText)
	require.Equal(t, 1, lost.Attempts)
	require.Equal(t, 1, silent.letters(), "it is not sent again by itself")
	require.Empty(t, letters(t, a.client.email))

	// A person decides.
	as(manager).call(t, http.MethodPost, "/notifications/"+lost.ID+"/resend", nil).into(t, http.StatusOK, &lost)
	require.Equal(t, []string{"appeal-accepted client sent"}, as(manager).ledger(t, a.id()))
	path, body = a.resolve(t)
	as(manager).insist(t, path, body, key(path))
	completed(t, a.made.Case.WorkflowID)
	require.Equal(t, []string{"appeal-accepted client sent", "appeal-closed client sent"}, as(manager).ledger(t, a.id()))
	require.Len(t, letters(t, a.client.email), 2)
	require.Equal(t, 1, silent.letters())
}
