package pgserver

import (
	"os/exec"
	"syscall"
	"time"
)

// adoptedPoll is how often it is looked whether a server that is not our child is still there.
const adoptedPoll = 50 * time.Millisecond

// process is a server's main process, a child of ours or one taken over; done is closed when it has ended.
type process struct {
	pid  int
	done chan struct{}
}

func child(cmd *exec.Cmd) *process {
	p := &process{pid: cmd.Process.Pid, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		// How it ended is in its log; that it ended is what counts here.
		_ = cmd.Wait()
	}()
	return p
}

func adopt(pid int, data string) *process {
	p := &process{pid: pid, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for serves(pid, data) {
			time.Sleep(adoptedPoll) //nolint:forbidigo // the end of a process that is no child of ours can only be looked for
		}
	}()
	return p
}

func (p *process) signal(signal syscall.Signal) {
	select {
	case <-p.done: // the number may belong to another process by now
	default:
		// The only failure is that the process has just ended.
		_ = syscall.Kill(p.pid, signal)
	}
}
