package main

import (
	"context"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestCounter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trips [][]string // the statements of each
		want  work
	}{
		"a read":                    {[][]string{{"select 1"}}, work{1, 0}},
		"a write by itself":         {[][]string{{"update cases set seq = 1"}}, work{1, 1}},
		"an insert behind with":     {[][]string{{"with old as (select 1), new as (\n insert into commands values (1)) select 2"}}, work{1, 1}},
		"a lock is no write":        {[][]string{{"begin"}, {"select 1 from cases for update"}, {"commit"}}, work{3, 0}},
		"two round trips, one step": {[][]string{{"begin", "select 1 for update"}, {"update a set b = 1", "insert into c values (1)", "commit"}}, work{2, 1}},
		"rolled back":               {[][]string{{"begin"}, {"delete from a"}, {"rollback"}}, work{3, 0}},
		"a batch by itself":         {[][]string{{"insert into a values (1)", "update b set c = 1"}}, work{1, 1}},
		"pgx's own begin":           {[][]string{{"begin isolation level serializable"}, {"insert into a values (1)"}, {"commit"}}, work{3, 1}},
		"two transactions":          {[][]string{{"begin"}, {"insert into a values (1)"}, {"commit"}, {"begin"}, {"update a set b = 1"}, {"commit"}}, work{6, 2}},
		"a preparation":             {[][]string{{}}, work{1, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counter, conn := newCounter(), &pgx.Conn{}
			ctx := context.WithValue(t.Context(), http.ServerContextKey, &http.Server{})
			for _, statements := range c.trips {
				counter.trip(ctx, conn, statements...)
				counter.trip(t.Context(), conn, "insert into elsewhere values (1)") // not of a request
			}
			if got := counter.take(); got != c.want {
				t.Errorf("counted %+v, want %+v", got, c.want)
			}
			if got := counter.take(); got != (work{}) {
				t.Errorf("counted %+v twice", got)
			}
		})
	}
}
