package main

import (
	"fmt"
	"io"
	"time"
)

// console tells a waiting person what is going on.
type console struct{ to io.Writer }

func newConsole(to io.Writer) *console { return &console{to: to} }

func (c *console) line(format string, args ...any) {
	fmt.Fprintf(c.to, format+"\n", args...)
}

// step tells what is being started and, when it is, how long that took. The work answers with a word about the result.
func (c *console) step(name string, work func() (note string, err error)) error {
	fmt.Fprintf(c.to, "  %-12s ... ", name)
	began := time.Now()
	note, err := work()
	if err != nil {
		fmt.Fprintln(c.to, "failed")
		return fmt.Errorf("%s: %w", name, err)
	}
	if note != "" {
		note = ", " + note
	}
	fmt.Fprintf(c.to, "ready (%.1f s%s)\n", time.Since(began).Seconds(), note)
	return nil
}
