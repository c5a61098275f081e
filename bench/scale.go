package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/postgres"
)

const (
	smallScale   = 10_000 // open tasks
	scaleUsers   = 100    // among whom they are spread
	tasksPerCase = 4
	linesPerCase = 12 // of its feed: three for each task
	pageRequests = 50 // of each page, in each round, on each side
	fillAtATime  = 100_000
	clientsPer10 = 3 // clients for ten tasks
)

// scalePage is a page of the workplace that costs the same among many records as among few.
type scalePage struct {
	name string
	path func(p *product) string
	hold hold
}

// scalePages are the pages, with how much slower each may be among a hundred times as much.
func scalePages() []scalePage {
	fixed := func(path string) func(*product) string { return func(*product) string { return path } }
	return []scalePage{
		{"inbox", fixed("/tasks?performer=me&status=open"), atMost(1.3)},
		{"board column", fixed("/boards/new-clients/columns/invoice"), atMost(1.3)},
		{"feed of a case", func(*product) string { return "/cases/" + scaleID('8', 1) + "/feed" }, atMost(1.3)},
		{"clients by name", fixed("/clients?limit=50"), atMost(1.3)},
		{"client by a phone number", fixed("/clients?q=" + url.QueryEscape("+7 900 000-00-77")), atMost(1.3)},
		{"client by a name with a mistake", fixed("/clients?q=" + url.QueryEscape("Вронсикй Алексей")), atMost(1.3)},
	}
}

// measureScale compares pages among many records with the same ones among few: two databases, asked in turn.
func measureScale(ctx context.Context, o productOptions, many, rounds int, say progress) ([]figure, error) {
	var sides [2]*product
	var figures []figure
	err := func() error {
		for i, tasks := range []int{many, smallScale} {
			side, err := startScale(ctx, o, fmt.Sprintf("bench_scale_%d", tasks), tasks, say)
			if err != nil {
				return err
			}
			sides[i] = side
		}
		for _, page := range scalePages() {
			measured, err := comparePages(ctx, sides, page, many, rounds, say)
			if err != nil {
				return err
			}
			figures = append(figures, measured)
		}
		reports, err := measureReports(ctx, sides[0], many, say)
		figures = append(figures, reports...)
		return err
	}()
	for _, side := range sides {
		if side != nil {
			err = errors.Join(err, side.close())
		}
	}
	for _, tasks := range []int{many, smallScale} {
		err = errors.Join(err, administer(ctx, o.database, fmt.Sprintf("drop database if exists bench_scale_%d", tasks)))
	}
	return figures, err
}

func comparePages(ctx context.Context, sides [2]*product, page scalePage, many, rounds int, say progress) (figure, error) {
	var p95 [2][]float64
	for round := range rounds + 1 {
		for turn := range sides {
			i := (turn + round) % len(sides)
			took := make([]time.Duration, pageRequests)
			for k := range took {
				began := time.Now()
				if err := sides[i].page(ctx, page.path(sides[i])); err != nil {
					return figure{}, fmt.Errorf("%s: %w", page.name, err)
				}
				took[k] = time.Since(began)
			}
			if round > 0 { // the first round warms up
				p95[i] = append(p95[i], inMilliseconds(took, 95))
			}
		}
	}
	say("%s: p95 %.1f ms among %d open tasks and what goes with them, %.1f ms among %d", page.name, median(p95[0]), many, median(p95[1]), smallScale)
	return ratioOf(fmt.Sprintf("%s p95, %d ÷ %d open tasks", page.name, many, smallScale), "%.1f ms", p95[0], p95[1], page.hold), nil
}

// measureReports takes the longest of some runs of each report that scans a year.
func measureReports(ctx context.Context, p *product, many int, say progress) ([]figure, error) {
	const runs = 3
	db := p.app.DB
	year := crm.ReportFilter{From: time.Now().AddDate(-1, 0, 0), To: time.Now()}
	var figures []figure
	for _, report := range []struct {
		name string
		run  func() error
	}{
		{"funnel", func() error { _, err := db.Funnel(ctx, "new-clients", 0, year); return err }},
		{"manager control", func() error { _, err := db.Control(ctx, year); return err }},
		{"losses", func() error { _, err := db.Losses(ctx, year); return err }},
		{"channels", func() error { _, err := db.Channels(ctx, year); return err }},
		{"appeals against standards", func() error { _, err := db.Standards(ctx, year, time.Now()); return err }},
	} {
		var longest time.Duration
		for range runs {
			began := time.Now()
			if err := report.run(); err != nil {
				return nil, fmt.Errorf("%s: %w", report.name, err)
			}
			longest = max(longest, time.Since(began))
		}
		say("%s of a year: %.0f ms", report.name, float64(longest.Milliseconds()))
		figures = append(figures, valueOf(fmt.Sprintf("%s of a year among %d open tasks", report.name, many), "%.0f ms", float64(longest.Milliseconds()), atMost(1000)))
	}
	return figures, nil
}

// page reads a page, which is not to be empty.
func (p *product) page(ctx context.Context, path string) error {
	var page struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := p.call(ctx, http.MethodGet, path, nil, &page); err != nil {
		return err
	}
	if len(page.Items) == 0 {
		return fmt.Errorf("%s shows nothing: it is to be full", path)
	}
	return nil
}

// scaleID is the id of the nth record of a table: each has its own digit.
func scaleID(table rune, n int) string {
	return fmt.Sprintf("00000000-0000-7000-%c000-%012x", table, n)
}

// startScale makes a database with so many open tasks and what goes with them, and a server on it.
func startScale(ctx context.Context, o productOptions, name string, tasks int, say progress) (*product, error) {
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
	if err := fill(ctx, p.app.DB, p.user, tasks, say); err != nil {
		return nil, errors.Join(fmt.Errorf("fill a database: %w", err), p.close())
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

// fill puts open tasks into the database as the program would have written them, with their cases, clients and feeds: nine of
// ten tasks addressed to a user, the tenth to the dispatchers.
func fill(ctx context.Context, db *postgres.DB, user uuid.UUID, tasks int, say progress) error {
	users := []uuid.UUID{user}
	for i := range scaleUsers - 1 {
		user, err := db.CreateUser(ctx, crm.User{
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
		if err := fillPart(ctx, db, users, from, to); err != nil {
			return err
		}
		say("%d of %d open tasks, with their cases, clients and feeds", to, tasks)
	}
	_, err := db.Pool().Exec(ctx, "vacuum analyze")
	return err
}

// Names that clients are made of, so that they are as alike as people's are.
var (
	surnames = []string{
		"Иванов", "Смирнов", "Кузнецов", "Попов", "Васильев", "Петров", "Соколов", "Михайлов", "Новиков", "Фёдоров", "Морозов", "Волков", "Алексеев",
		"Лебедев", "Семёнов", "Егоров", "Павлов", "Козлов", "Степанов", "Николаев", "Орлов", "Андреев", "Макаров", "Никитин", "Захаров", "Вронский",
		"Зайцев", "Соловьёв", "Борисов", "Яковлев", "Григорьев", "Романов", "Воробьёв", "Сергеев", "Кузьмин", "Фролов", "Александров", "Дмитриев",
	}
	firstNames = []string{
		"Александр", "Сергей", "Дмитрий", "Андрей", "Алексей", "Максим", "Евгений", "Иван", "Михаил", "Николай", "Владимир", "Павел", "Роман",
		"Кирилл", "Егор", "Илья", "Юрий", "Олег", "Виктор", "Константин", "Артём", "Игорь", "Антон", "Василий", "Денис", "Вячеслав", "Глеб", "Фёдор",
	}
	companyWords = []string{
		"Север", "Восток", "Сталь", "Строй", "Транс", "Мед", "Агро", "Эко", "Техно", "Инвест", "Пром", "Снаб", "Авто", "Тепло", "Энерго", "Газ",
		"Нефте", "Хим", "Лес", "Дом", "Мир", "Союз", "Вектор", "Альфа", "Гамма", "Прогресс", "Заря", "Радуга", "Ромашка", "Факел", "Горизонт",
	}
)

// fillPart makes the tasks numbered from+1 to to, with what goes with them.
func fillPart(ctx context.Context, db *postgres.DB, users []uuid.UUID, from, to int) error {
	batch := &pgx.Batch{}
	// The rows are sound; looking up what each refers to would take most of the time.
	batch.Queue("set local session_replication_role = replica")
	batch.Queue(`insert into clients (id, kind, name, owner_id, created_at)
		select `+scaleIDs("a", "n")+`, case when n % 3 = 0 then 'company' else 'individual' end,
			case when n % 3 = 0 then 'ООО «' || ($3::text[])[n % $4 + 1] || ($3::text[])[n / $4 % $4 + 1] || '-' || n % 997 || '»'
				else ($5::text[])[n * 7 % $6 + 1] || ' ' || ($7::text[])[n / $6 % $8 + 1] || ' ' || n % 10007 end,
			($9::uuid[])[n % $10 + 1], now() - n % 365 * interval '1 day'
		from generate_series($1::int + 1, $2::int) n`,
		from*clientsPer10/10, to*clientsPer10/10, companyWords, len(companyWords), surnames, len(surnames), firstNames, len(firstNames), users, len(users))
	batch.Queue(`insert into contact_details (id, client_id, kind, value, number)
		select `+scaleIDs("b", "n")+", "+scaleIDs("a", "n")+`, 'mobile', '+7900' || lpad(n::text, 7, '0'), '+7900' || lpad(n::text, 7, '0')
		from generate_series($1::int + 1, $2::int) n`, from*clientsPer10/10, to*clientsPer10/10)
	cases := []any{from / tasksPerCase, to / tasksPerCase}
	batch.Queue(`insert into cases (id, kind, number, client_id, responsible_id, topic, source, fields, map_id, map_version, mode, stage, seq, created_at, workflow_started_at)
		select `+scaleIDs("8", "n")+`, case when n % 2 = 1 then 'appeal' else 'interest' end,
			case when n % 2 = 1 then 'A-' else 'I-' end || lpad((n + 1000000)::text, 7, '0'), `+scaleIDs("a", "(n - 1) % $3 + 1")+`, ($4::uuid[])[n % $5 + 1],
			'Где мой заказ?', 'site', case when n % 2 = 1 then '{}' else jsonb_build_object('potential', (n % 1000)::text || '.00') end,
			case when n % 2 = 1 then 'appeal' else 'new-clients' end, 1, 'process',
			case when n % 2 = 1 then 'classification' else (array['acquaintance', 'commercial-offer', 'invoice', 'payment', 'shipment'])[n / 2 % 5 + 1] end,
			1, now() - n % 365 * interval '1 day', now()
		from generate_series($1::int + 1, $2::int) n`, append(cases, to*clientsPer10/10, users, len(users))...)
	batch.Queue(`insert into tasks (id, case_id, path, visit, user_id, role, due_at, opened_seq, opened_at)
		select `+scaleIDs("9", "n")+", "+scaleIDs("8", "n / $5 + 1")+`, case when n / $5 % 2 = 0 then 'classification' else 'acquaintance' end, n % $5 + 1,
			case when n % 10 > 0 then ($3::uuid[])[n / 10 % $4 + 1] end, case when n % 10 = 0 then 'dispatcher' end,
			now() + random() * interval '30 days', 1, now()
		from generate_series($1::int * $5, $2::int * $5 - 1) n`, append(cases, users, len(users), tasksPerCase)...)
	batch.Queue(`insert into feed (id, case_id, seq, at, kind, actor_id, data)
		select `+scaleIDs("c", "n")+", "+scaleIDs("8", "n / $5 + 1")+`, 1, now() - n % 365 * interval '1 day', 'stage_entered', ($3::uuid[])[n % $4 + 1],
			'{"path": "classification", "visit": 1}'
		from generate_series($1::int * $5, $2::int * $5 - 1) n`, append(cases, users, len(users), linesPerCase)...)
	batch.Queue(`insert into case_stages (case_id, stage, map_id, map_version, came_at, entered_at)
		select id, stage, map_id, 1, created_at, created_at from cases
		where id between `+scaleIDs("8", "$1::int + 1")+" and "+scaleIDs("8", "$2::int"), cases...)
	return pgx.BeginFunc(ctx, db.Pool(), func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() })
}

// scaleIDs is scaleID in SQL.
func scaleIDs(table, n string) string {
	return "('00000000-0000-7000-" + table + "000-' || lpad(to_hex(" + n + "), 12, '0'))::uuid"
}
