package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/postgres"
)

// TestR13_R41_AnAgendaIsWhatLiesBefore: planned interactions that are mine or that I take part in, and open appeals that are
// mine or that I have a task on; each once, in the order of time.
func TestR13_R41_AnAgendaIsWhatLiesBefore(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	me := of.manager
	plan := func(topic string, days int, responsible uuid.UUID, status crm.InteractionStatus, participants ...crm.Participant) {
		t.Helper()
		_, err := of.CreateInteraction(ctx, crm.Interaction{
			ClientID: of.client, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: of.now().Add(time.Hour), Topic: topic,
			ResponsibleID: responsible, CreatedBy: of.other.ID, Participants: participants, Alone: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		of.exec("update interactions set at = $2, status = $3 where topic = $1", topic, day.AddDate(0, 0, days), status)
	}
	plan("mine", 5, me.ID, crm.InteractionPlanned)
	plan("together", 3, of.other.ID, crm.InteractionPlanned, crm.Participant{UserID: me.ID})
	plan("mine and with me", 4, me.ID, crm.InteractionPlanned, crm.Participant{UserID: me.ID})
	plan("another's", 3, of.other.ID, crm.InteractionPlanned)
	plan("done", 3, me.ID, crm.InteractionCompleted)
	plan("off the register", 3, me.ID, crm.InteractionPlanned)
	of.exec("update interactions set off_register_at = now() where topic = 'off the register'")

	appeal := func(topic string, responsible *crm.User, due int) *crm.Case {
		c := of.create(crm.NewCase{Kind: crm.Appeal, Topic: topic, Source: "site", ResponsibleID: responsible.ID})
		of.exec("update cases set due_at = $2 where id = $1", c.ID, day.AddDate(0, 0, due))
		return c
	}
	desk := func(c *crm.Case, due any, takenBy *crm.User) {
		of.exec("update tasks set user_id = case when $3::uuid is null then $2::uuid end, role = case when $3::uuid is not null then 'dispatcher' end, taken_by = $3, due_at = $4 where case_id = $1",
			c.ID, me.ID, takenID(takenBy), due)
	}
	appeal("I answer for it", me, 6)
	appeal("in a pool", of.other, 1)
	desk(appeal("a task of mine", of.other, 9), day.AddDate(0, 0, 2), nil)
	taken := appeal("a task I took", me, 9)
	desk(taken, day.AddDate(0, 0, 7), me)
	of.exec(`insert into tasks (id, case_id, path, visit, kind, user_id, due_at, opened_seq, opened_at) values (gen_random_uuid(), $1, 'x', 1, 'rule', $2, $3, 1, now())`,
		taken.ID, me.ID, day.AddDate(0, 0, 8))
	idle := appeal("without a deadline", of.other, 9)
	desk(idle, nil, nil)
	of.exec("update tasks set opened_at = $2 where case_id = $1", idle.ID, day.AddDate(0, 0, -1))
	closed := appeal("closed", me, 1)
	of.exec("update tasks set status = 'withdrawn' where case_id = $1", closed.ID)
	of.exec("update cases set status = 'positive', closed_at = now() where id = $1", closed.ID)
	of.create(crm.NewCase{Kind: crm.Deal, Topic: "a deal", Source: "site", By: me.ID})

	agenda := func(f crm.AgendaFilter, limit int) string {
		f.User, f.Limit = me.ID, limit
		var topics []string
		for {
			page, err := of.Agenda(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				if (item.Interaction == nil) == (item.Appeal == nil) {
					t.Fatalf("an item of an agenda is %+v", item)
				}
				if item.Interaction != nil {
					topics = append(topics, item.Interaction.Topic)
				} else {
					topics = append(topics, item.Appeal.Topic)
				}
			}
			if f.After = page.Next; f.After == nil {
				return strings.Join(topics, ", ")
			}
		}
	}
	all := "without a deadline, a task of mine, together, mine and with me, mine, I answer for it, a task I took"
	for _, limit := range []int{1, 2, 3, 50} {
		if got := agenda(crm.AgendaFilter{}, limit); got != all {
			t.Errorf("%d at a time: %s, want %s", limit, got, all)
		}
	}
	from, through := day.AddDate(0, 0, 3), day.AddDate(0, 0, 6)
	if got := agenda(crm.AgendaFilter{From: &from, Through: &through}, 2); got != "together, mine and with me, mine" {
		t.Errorf("of three days: %s", got)
	}
	page, err := of.Agenda(ctx, crm.AgendaFilter{User: me.ID, From: &from, Limit: 1})
	if err != nil || len(page.Items) != 1 || len(page.Items[0].Interaction.Participants) != 1 {
		t.Errorf("an interaction of an agenda has its participants: %+v, %v", page.Items, err)
	}
}

func takenID(u *crm.User) *uuid.UUID {
	if u == nil {
		return nil
	}
	return &u.ID
}
