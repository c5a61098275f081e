package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

const (
	smallInbox    = 10_000 // open tasks
	inboxUsers    = 100    // among whom they are spread
	tasksPerCase  = 4
	inboxRequests = 100 // in each round, of each side
	fillAtATime   = 100_000
)

// measureInbox compares the first page of an inbox among many open tasks with one among few: two databases, asked in turn.
func measureInbox(ctx context.Context, o productOptions, many, rounds int, say progress) (figure, error) {
	var sides [2]*product
	var figures figure
	err := func() error {
		for i, tasks := range []int{many, smallInbox} {
			side, err := startInbox(ctx, o, fmt.Sprintf("bench_inbox_%d", tasks), tasks, say)
			if err != nil {
				return err
			}
			sides[i] = side
		}
		var err error
		figures, err = compareInboxes(ctx, sides, many, rounds, say)
		return err
	}()
	for _, side := range sides {
		if side != nil {
			err = errors.Join(err, side.close())
		}
	}
	for _, tasks := range []int{many, smallInbox} {
		err = errors.Join(err, administer(ctx, o.database, fmt.Sprintf("drop database if exists bench_inbox_%d", tasks)))
	}
	return figures, err
}

func compareInboxes(ctx context.Context, sides [2]*product, many, rounds int, say progress) (figure, error) {
	var p95 [2][]float64
	for round := range rounds + 1 {
		for turn := range sides {
			i := (turn + round) % len(sides)
			took := make([]time.Duration, inboxRequests)
			for k := range took {
				began := time.Now()
				if err := sides[i].inbox(ctx); err != nil {
					return figure{}, err
				}
				took[k] = time.Since(began)
			}
			if round > 0 { // the first round warms up
				p95[i] = append(p95[i], inMilliseconds(took, 95))
			}
		}
		if round > 0 {
			say("round %d of %d: inbox p95 %.1f ms among %d open tasks, %.1f ms among %d", round, rounds, p95[0][round-1], many, p95[1][round-1], smallInbox)
		}
	}
	return ratioOf(fmt.Sprintf("inbox page p95, %d ÷ %d open tasks", many, smallInbox), "%.1f ms", p95[0], p95[1], atMost(1.3)), nil
}

// inbox reads the first page of the user's inbox.
func (p *product) inbox(ctx context.Context) error {
	var page struct {
		Items []struct {
			ID uuid.UUID `json:"id"`
		} `json:"items"`
		Next string `json:"next"`
	}
	if err := p.call(ctx, http.MethodGet, "/tasks?performer=me&status=open", nil, &page); err != nil {
		return err
	}
	if len(page.Items) == 0 || page.Next == "" {
		return fmt.Errorf("the inbox has %d tasks and no next page: it is to be full", len(page.Items))
	}
	return nil
}

// startInbox makes a database with so many open tasks, and a server on it.
func startInbox(ctx context.Context, o productOptions, name string, tasks int, say progress) (*product, error) {
	if err := administer(ctx, o.database, "drop database if exists "+name, "create database "+name); err != nil {
		return nil, err
	}
	address, err := url.Parse(o.database)
	if err != nil {
		return nil, errors.New("the servers' DATABASE_URL cannot be read")
	}
	address.Path = "/" + name
	o.database, o.worker = address.String(), false
	p, err := startProduct(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, p, tasks, say); err != nil {
		return nil, errors.Join(fmt.Errorf("fill an inbox: %w", err), p.close())
	}
	return p, nil
}

// administer runs statements that no transaction may hold.
func administer(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }() // nothing is lost with it
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// fill puts open tasks into the database as the program would have written them: nine of ten addressed to a user, the tenth
// to the dispatchers.
func fill(ctx context.Context, p *product, tasks int, say progress) error {
	users := []uuid.UUID{p.user}
	for i := range inboxUsers - 1 {
		user, err := p.app.DB.CreateUser(ctx, crm.User{
			Login: fmt.Sprintf("user%d", i), Name: fmt.Sprintf("User %d", i), Lang: crm.RU, TimeZone: "Europe/Moscow",
			Roles: []string{crm.RoleManager}, Active: true,
		}, "")
		if err != nil {
			return err
		}
		users = append(users, user.ID)
	}
	for from := 0; from < tasks; from += fillAtATime {
		to := min(from+fillAtATime, tasks)
		if err := fillPart(ctx, p, users, from/tasksPerCase, to/tasksPerCase); err != nil {
			return err
		}
		say("%d of %d open tasks", to, tasks)
	}
	_, err := p.app.DB.Pool().Exec(ctx, "vacuum analyze")
	return err
}

// fillPart makes the cases numbered from+1 to to, and their tasks.
func fillPart(ctx context.Context, p *product, users []uuid.UUID, from, to int) error {
	batch := &pgx.Batch{}
	// The rows are sound; looking up what each refers to would take most of the time.
	batch.Queue("set local session_replication_role = replica")
	batch.Queue(`insert into cases (id, kind, number, client_id, responsible_id, topic, source, map_id, map_version, mode, stage, seq, workflow_started_at)
		select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'appeal', 'A-' || lpad((n + 1000000)::text, 7, '0'), $3, ($4::uuid[])[n % $5 + 1],
			'Где мой заказ?', 'Сайт', 'appeal', 1, 'process', 'classification', 1, now()
		from generate_series($1::int + 1, $2::int) n`, from, to, p.client, users, len(users))
	batch.Queue(`insert into tasks (id, case_id, path, visit, user_id, role, due_at, opened_seq, opened_at)
		select ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, ('00000000-0000-7000-8000-' || lpad(to_hex(n / $5 + 1), 12, '0'))::uuid,
			'classification', n % $5 + 1, case when n % 10 > 0 then ($3::uuid[])[n / 10 % $4 + 1] end, case when n % 10 = 0 then 'dispatcher' end,
			now() + random() * interval '30 days', 1, now()
		from generate_series($1::int * $5, $2::int * $5 - 1) n`, from, to, users, len(users), tasksPerCase)
	return pgx.BeginFunc(ctx, p.app.DB.Pool(), func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() })
}
