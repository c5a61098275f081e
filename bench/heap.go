package main

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// heapPerCase is how many kilobytes of live heap an open case may take.
const heapPerCase = 20

// measureHeap tells by how much the live heap grows with each open case that the worker keeps. Server, worker and clients
// are in the one process, and all but the cases is there before.
func measureHeap(ctx context.Context, p *product, cases, clients int, say progress) (figure, error) {
	before := liveHeap()
	open := make([]*appeal, cases)
	err := each(ctx, cases, clients, func(ctx context.Context, i int) error {
		var err error
		open[i], err = p.appeal(ctx)
		return err
	})
	if err != nil {
		return figure{}, err
	}
	say("%d open cases", cases)
	for _, a := range open {
		if err := p.settled(ctx, a); err != nil {
			return figure{}, err
		}
	}
	p.http.CloseIdleConnections()
	after := liveHeap()
	perCase := (float64(after) - float64(before)) / 1024 / float64(cases)
	return valueOf("live heap per cached open case", "%.1f KB", perCase, atMost(heapPerCase)), nil
}

// liveHeap is what is reachable. Twice, for what finalizers and pools let go.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

const (
	settledPatience = time.Minute
	settledPause    = 50 * time.Millisecond
)

// settled waits until nothing of an open case is on its way: its messages are final and its workflow has heard of them.
func (p *product) settled(ctx context.Context, a *appeal) error {
	ctx, cancel := context.WithTimeout(ctx, settledPatience)
	defer cancel()
	for {
		description, err := p.temporal.DescribeWorkflowExecution(ctx, a.workflow(), "")
		if err != nil {
			return fmt.Errorf("wait for %s to settle: %w", a.number, err)
		}
		info := description.GetWorkflowExecutionInfo()
		// After the workflow's own start: an open timer shows as no pending activity, and no task waits to be taken.
		if len(description.GetPendingActivities()) == 0 && description.GetPendingWorkflowTask() == nil && info.GetHistoryLength() > settledEvents {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s to settle: %w", a.number, ctx.Err())
		case <-time.After(settledPause):
		}
	}
}

// settledEvents is more than a history has before its first workflow task is completed.
const settledEvents = 3
