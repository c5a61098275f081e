// Package scale fills a database as years of work would: clients with Russian names, cases with tasks, feeds and
// interactions. The same sizes and seed give the same rows.
package scale

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Sizes say how much there is to be.
type Sizes struct {
	Tasks   int // open ones, four to a case; half as many cases are closed
	Clients int
	Entries int // of feeds; a fifth of them in the feeds of one case of a hundred
	Users   int // among whom the work is spread
	Seed    uint64
}

// Full is what the program has to be fast with.
func Full() Sizes {
	return Sizes{Tasks: 1_000_000, Clients: 300_000, Entries: 3_000_000, Users: 100, Seed: 1}
}

// Part is one of so many parts of it, worked on by as many people.
func (s Sizes) Part(of int) Sizes {
	s.Tasks, s.Clients, s.Entries = max(s.Tasks/of, tasksPerCase), max(s.Clients/of, 1), max(s.Entries/of, 1)
	return s
}

// Check refuses sizes that make no company.
func (s Sizes) Check() error {
	if s.Tasks < tasksPerCase || s.Clients < 1 || s.Entries < 1 || s.Users < 1 {
		return errors.New("there must be four open tasks, a client, an entry and a user at least")
	}
	return nil
}

const tasksPerCase = 4

// open is how many cases are open; those after them are closed.
func (s Sizes) open() int { return s.Tasks / tasksPerCase }

func (s Sizes) cases() int { return s.open() + s.open()/2 }

// BusyCase is the nth of the cases whose feeds are long.
func (s Sizes) BusyCase(n int) uuid.UUID { return rowID(ofCase, n*longFeeds%s.open()) }

// longFeeds: one case of so many has a long feed.
const longFeeds = 100

// filler writes the rows.
type filler struct {
	Sizes
	now   time.Time
	users []uuid.UUID
}

// Fill writes everything into a database that is migrated, with the shipped route maps in their first versions, and gathers
// statistics. The user me gets the first share of the work, and has to be there; his colleagues are made. It needs a superuser
// of the database: rows that are sound by their making are not looked at one by one. now is the end of the years.
func Fill(ctx context.Context, pool *pgxpool.Pool, s Sizes, me uuid.UUID, now time.Time, say func(format string, arguments ...any)) error {
	if err := s.Check(); err != nil {
		return err
	}
	f := &filler{Sizes: s, now: now.UTC().Truncate(time.Second), users: []uuid.UUID{me}}
	for i := 1; i < s.Users; i++ {
		f.users = append(f.users, rowID(ofUser, i))
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Release()
	if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return f.fill(ctx, tx, say) }); err != nil {
		return err
	}
	say("gathering statistics")
	if _, err := conn.Exec(ctx, "vacuum analyze"); err != nil {
		return fmt.Errorf("gather statistics: %w", err)
	}
	return nil
}

// fill copies the tables without their triggers and indexes, which are made again afterwards: that is many times faster.
func (f *filler) fill(ctx context.Context, tx pgx.Tx, say func(format string, arguments ...any)) error {
	if _, err := tx.Exec(ctx, "set local session_replication_role = replica"); err != nil {
		return fmt.Errorf("leave the triggers out: %w", err)
	}
	if _, err := tx.Exec(ctx, "set local maintenance_work_mem = '256MB'"); err != nil {
		return fmt.Errorf("give room to the indexes: %w", err)
	}
	tables := f.tables()
	names := make([]string, len(tables))
	for i := range tables {
		names[i] = tables[i].name
	}
	indexes, err := dropIndexes(ctx, tx, names)
	if err != nil {
		return err
	}
	for _, t := range tables {
		n := 0
		written, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
			if n == t.rows {
				return nil, nil
			}
			n++
			return t.row(rand.New(rand.NewPCG(f.Seed, t.stream<<32|uint64(n))), n-1), nil //nolint:gosec // made up, and to be the same each time
		}))
		if err != nil {
			return fmt.Errorf("fill %s: %w", t.name, err)
		}
		say("%d rows of %s", written, t.name)
	}
	for _, sql := range indexes {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	say("%d indexes", len(indexes))
	if _, err := tx.Exec(ctx, "select learn_all_words()"); err != nil {
		return fmt.Errorf("gather the words of names: %w", err)
	}
	return nil
}

// dropIndexes drops those that hold no constraint, and gives what makes them again.
func dropIndexes(ctx context.Context, tx pgx.Tx, tables []string) ([]string, error) {
	rows, err := tx.Query(ctx, `select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
		where i.indrelid::regclass::text = any($1) and not exists (select from pg_constraint c where c.conindid = i.indexrelid) order by 1`, tables)
	if err != nil {
		return nil, fmt.Errorf("look at the indexes: %w", err)
	}
	var name, definition string
	var names, definitions []string
	_, err = pgx.ForEachRow(rows, []any{&name, &definition}, func() error {
		names, definitions = append(names, name), append(definitions, definition)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at the indexes: %w", err)
	}
	for _, name := range names {
		if _, err := tx.Exec(ctx, "drop index "+name); err != nil {
			return nil, fmt.Errorf("drop an index: %w", err)
		}
	}
	return definitions, nil
}

// stream keeps ids and random numbers of the tables apart.
const (
	ofUser uint64 = iota + 1
	ofClient
	ofContact
	ofDetail
	ofCase
	ofStage
	ofTask
	ofInteraction
	ofEntry
	ofOutcome
)

// years is how long the company has worked.
const years = 2 * 365 * 24 * time.Hour

// at is when the nth of so many things was, evenly over the years.
func (f *filler) at(n, of int) time.Time {
	return f.now.Add(-years).Add(time.Duration(float64(years) * float64(n) / float64(of)))
}

// rowID is the nth id of a table. It is a version 7 in form, and sorts by n, as ids sort by the time they are made at.
func rowID(stream uint64, n int) uuid.UUID {
	var id uuid.UUID
	for i := range 6 {
		id[i] = byte(n >> (8 * (5 - i))) //nolint:gosec // the lowest byte is meant
	}
	id[6], id[8] = 0x70, 0x80
	id[15] = byte(stream) //nolint:gosec // there are ten
	return id
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }
