package main

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// appealMails is how many messages go out for an appeal that is handed over and resolved.
const appealMails = 2

// maxEvents bounds the reading of a history; an appeal has some forty.
const maxEvents = 1000

// measureHistory counts the events of real histories and compares them with what an appeal may cost: 8, and 7 for each
// task, 6 for each notification and 2 for each timer.
func measureHistory(ctx context.Context, c client.Client, cases []runner) (figure, error) {
	var events, allowed []float64
	for _, one := range cases {
		a, ok := one.(*appeal)
		if !ok {
			return figure{}, fmt.Errorf("%T is no appeal", one)
		}
		counted, timers, err := countEvents(ctx, c, a.workflow())
		if err != nil {
			return figure{}, err
		}
		events = append(events, float64(counted))
		allowed = append(allowed, float64(8+7*completions+6*appealMails+2*timers))
	}
	return ratioOf("history events of an appeal ÷ (8 + 7/task + 6/notification + 2/timer)", "%.0f", events, allowed, atMost(1.05)), nil
}

func countEvents(ctx context.Context, c client.Client, workflowID string) (events, timers int, err error) {
	history := c.GetWorkflowHistory(ctx, workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events < maxEvents && history.HasNext() {
		event, err := history.Next()
		if err != nil {
			return 0, 0, fmt.Errorf("read the history of %s: %w", workflowID, err)
		}
		events++
		if event.GetEventType() == enumspb.EVENT_TYPE_TIMER_STARTED {
			timers++
		}
	}
	return events, timers, nil
}

// checkDelivered makes sure that the appeals did what is claimed of them: each message was really sent.
func checkDelivered(ctx context.Context, p *product, cases []runner) error {
	for _, one := range cases {
		a, ok := one.(*appeal)
		if !ok {
			return fmt.Errorf("%T is no appeal", one)
		}
		sent := 0
		err := p.app.DB.Pool().QueryRow(ctx, "select count(*) from notifications where case_id = $1 and status = 'sent'", a.id).Scan(&sent)
		if err != nil {
			return fmt.Errorf("count the messages of %s: %w", a.number, err)
		}
		if sent != appealMails {
			return fmt.Errorf("%d messages of %s were sent, not %d", sent, a.number, appealMails)
		}
	}
	if taken, sent := p.letters.taken.Load(), int64(len(cases)*appealMails); taken < sent {
		return fmt.Errorf("the mail server took %d letters, not %d", taken, sent)
	}
	return nil
}
