package scale

import (
	"context"
	"slices"
	"testing"

	"marshrut/crm"
)

// narrowedTo is ctx of somebody of no role's pool, who sees so much.
func (c *company) narrowedTo(u *crm.User, v crm.Visibility) context.Context {
	c.t.Helper()
	read, err := c.User(c.t.Context(), u.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	read.Granted.Visibility = v
	sight, err := c.SightOf(c.t.Context(), read)
	if err != nil {
		c.t.Fatal(err)
	}
	return crm.WithSight(c.t.Context(), sight)
}

// TestR15_NarrowedListsReadWhatTheyShow: with as much in the tables as there may be, whoever sees a little of it, and whoever sees
// much, gets his lists along indexes and in a bounded number of blocks.
func TestR15_NarrowedListsReadWhatTheyShow(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	few, err := c.CreateUser(t.Context(), crm.User{Login: "few", Name: "Мало", Lang: crm.RU, TimeZone: "Europe/Moscow", Roles: []string{crm.RoleManager}, Active: true}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Pool().Exec(t.Context(), "update clients set owner_id = $1 where id in (select id from clients order by id limit 100)", few.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Pool().Exec(t.Context(), "analyze"); err != nil {
		t.Fatal(err)
	}
	const most = 20_000 // blocks, of each question
	for who, ctx := range map[string]context.Context{"of little": c.narrowedTo(few, crm.SeesOwn), "of much": c.narrowedTo(c.me, crm.SeesOwn)} {
		for name, ask := range map[string]func() error{
			"cases":        func() error { _, err := c.ListCases(ctx, crm.CaseFilter{Limit: 50}); return err },
			"open cases":   func() error { _, err := c.CountCases(ctx, crm.CaseFilter{Status: crm.StatusOpen}, 100); return err },
			"clients":      func() error { _, err := c.ListClients(ctx, crm.ClientFilter{Limit: 50}); return err },
			"interactions": func() error { _, err := c.ListInteractions(ctx, crm.InteractionFilter{Limit: 50}); return err },
			"tasks": func() error {
				_, err := c.ListTasks(ctx, crm.TaskFilter{Status: crm.TaskOpen, Limit: 50})
				return err
			},
			"a common word": func() error { _, err := c.Search(ctx, "Москва", 20); return err },
			"one letter":    func() error { _, err := c.Search(ctx, "а", 20); return err },
			"digits":        func() error { _, err := c.Search(ctx, "+7 900 000-1", 20); return err },
		} {
			c.asked.queries = nil
			if err := ask(); err != nil {
				t.Errorf("%s, who sees %s: %v", name, who, err)
				continue
			}
			for _, query := range c.asked.queries {
				if len(query.SQL) < 60 {
					continue
				}
				plan, _ := c.plan(query)
				whole, along := plan.reads()
				blocks := plan.Hit + plan.Read
				if len(whole) > 0 || blocks > most {
					t.Errorf("%s, who sees %s: reads %d blocks, %v whole, along %v\n%s", name, who, blocks, whole, slices.Compact(along), query.SQL)
				}
			}
		}
	}
}
