package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/postgres"
)

// heldBack is how long a change may be held back by transactions of other databases: until the longest test beside this one has filled
// its tables.
const heldBack = 3 * time.Minute

// follow reads the log from a position until it has so many feed entries that are not of the route, in small parts.
func (of *office) follow(from crm.Position, want int) []uuid.UUID {
	of.t.Helper()
	var got, routes []uuid.UUID
	// Transactions of other databases may have held these back until after the position was taken.
	err := of.Pool().QueryRow(context.Background(), "select array(select id from feed where seq is not null)").Scan(&routes)
	if err != nil {
		of.t.Fatal(err)
	}
	last, deadline := from, time.Now().Add(heldBack)
	for len(got) < want {
		batch, err := of.ChangesAfter(context.Background(), from, 3)
		if err != nil || batch.Lost || time.Now().After(deadline) {
			of.t.Fatalf("after %s: %+v, %v; %d of %d read", from, batch, err, len(got), want)
		}
		for _, c := range batch.Changes {
			if c.Position.Compare(last) <= 0 {
				of.t.Fatalf("%s comes after %s", c.Position, last)
			}
			if last = c.Position; c.Topic == crm.TopicFeed && !slices.Contains(routes, c.RefID) {
				got = append(got, c.RefID)
			}
		}
		from = batch.Through
	}
	return got
}

// TestLive_WhatIsCommittedLateIsNotMissed: numbers given out early and committed late do not slip behind a reader.
func TestLive_WhatIsCommittedLateIsNotMissed(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{MaxConns: 6})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	head, err := of.ChangesHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	insert := "insert into feed (id, case_id, at, kind) values ($1, $2, now(), 'note')"
	early, late := uuid.New(), uuid.New()
	slow, err := of.Pool().Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Rollback(ctx) }()
	if _, err := slow.Exec(ctx, insert, early, c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := of.Pool().Exec(ctx, insert, late, c.ID); err != nil {
		t.Fatal(err)
	}
	before, err := of.ChangesAfter(ctx, head, 10)
	if err != nil || slices.ContainsFunc(before.Changes, func(c crm.ChangeRecord) bool { return c.RefID == early || c.RefID == late }) {
		t.Fatalf("what follows an open transaction was read: %+v, %v", before, err)
	}
	if err := slow.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if got := of.follow(before.Through, 2); got[0] != early || got[1] != late {
		t.Errorf("read %v, want %s and %s", got, early, late)
	}
}

// TestLive_WritersAtOnceLoseAndDoubleNothing follows the log while many write it.
func TestLive_WritersAtOnceLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{MaxConns: 10})
	ctx := context.Background()
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	head, err := of.ChangesHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const writers, each = 6, 40
	failed := make(chan error, writers)
	for range writers {
		go func() {
			var err error
			for n := 0; n < each && err == nil; n++ {
				// Each transaction writes twice, and takes a moment between.
				_, err = of.Pool().Exec(ctx, fmt.Sprintf(`do $$ begin
					insert into feed (id, case_id, at, kind) values (gen_random_uuid(), '%[1]s', now(), 'note');
					perform pg_sleep(random() * 0.003);
					insert into feed (id, case_id, at, kind) values (gen_random_uuid(), '%[1]s', now(), 'note'); end $$`, c.ID))
			}
			failed <- err
		}()
	}
	seen := map[uuid.UUID]bool{}
	for _, id := range of.follow(head, 2*writers*each) {
		if seen[id] {
			t.Errorf("%s was read twice", id)
		}
		seen[id] = true
	}
	for range writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

func TestLive_TasksTellBothSides(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	head, err := of.ChangesHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c := of.create(crm.NewCase{Kind: crm.Appeal})
	task := of.open(c)
	concerned := func() map[string]bool {
		names := map[string]bool{}
		// Transactions of other databases hold changes back for a moment, and others than the task's may come first.
		for deadline := time.Now().Add(heldBack); len(names) == 0 && time.Now().Before(deadline); {
			batch, err := of.ChangesAfter(ctx, head, 100)
			if err != nil {
				t.Fatal(err)
			}
			for i := range batch.Changes {
				for _, u := range []*crm.User{of.dispatcher, of.manager, of.other} {
					if one := &batch.Changes[i]; one.Topic == crm.TopicInbox && one.RefID == task.ID && one.Concerns(u) {
						names[u.Login] = true
					}
				}
			}
			head = batch.Through
		}
		return names
	}
	if got := concerned(); len(got) != 1 || !got["dispatcher"] {
		t.Errorf("the new task concerns %v", got)
	}
	of.exec(fmt.Sprintf("update tasks set role = null, user_id = '%s' where id = '%s'", of.manager.ID, task.ID))
	if got := concerned(); len(got) != 2 || !got["dispatcher"] || !got["manager"] {
		t.Errorf("handed from a pool to one: %v", got)
	}
	of.exec(fmt.Sprintf("update tasks set user_id = '%s' where id = '%s'", of.other.ID, task.ID))
	if got := concerned(); len(got) != 2 || !got["other"] || !got["manager"] {
		t.Errorf("handed from one to another: %v", got)
	}
}

func TestLive_WhatIsNotKeptIsSaid(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	old, err := of.ChangesHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	of.create(crm.NewCase{Kind: crm.Appeal})
	lost := func(p crm.Position) bool {
		batch, err := of.ChangesAfter(ctx, p, 100)
		if err != nil {
			t.Fatal(err)
		}
		return batch.Lost
	}
	if lost(old) {
		t.Error("what is kept is said to be lost")
	}
	if err := of.PruneChanges(ctx, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	now := old
	for deadline := time.Now().Add(heldBack); lost(now) && time.Now().Before(deadline); {
		if now, err = of.ChangesHead(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if !lost(old) || lost(now) || !lost(crm.Position{Transaction: now.Transaction + 1000}) {
		t.Errorf("lost: old %v, now %v", lost(old), lost(now))
	}
}
