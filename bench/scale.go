package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"marshrut/bench/scale"
	"marshrut/crm"
	"marshrut/postgres"
)

const (
	hundredth     = 100 // the baseline is so small a part of the full sizes
	scaleRequests = 200 // in each round, of each question and side
)

// question is something that is asked of a company's records, small or large.
type question struct {
	name  string
	paths []string // asked in turn, so that no answer is at hand from the time before
}

// questions are the lists that people open all day.
func questions(s scale.Sizes) []question {
	feeds, columns := question{name: "feed page"}, question{name: "board column"}
	for i := range scaleRequests {
		feeds.paths = append(feeds.paths, "/cases/"+s.BusyCase(i).String()+"/feed")
	}
	for _, stage := range []string{"qualification", "offer", "presentation", "terms", "order"} {
		columns.paths = append(columns.paths, "/boards/typical-sale/columns/"+stage)
	}
	return []question{
		{"inbox page", []string{"/tasks?performer=me&status=open"}},
		columns,
		{"newest open deals", []string{"/deals?status=open", "/deals?status=open&sort=due", "/deals?status=open&sort=amount", "/deals?status=open&sort=activity"}},
		feeds,
		{"client search", searches("Ромашкастрой Самара", "Рамашкасервис", "Смирнова Елена", "вектроторг", "Кузнецову Ивану", "беркуттех казань")},
		{"client search by a common word", searches("Москва", "Масква", "ООО", "Иванов", "Ивонов", "а")},
		{"client search by number", []string{"/clients?limit=20&q=" + url.QueryEscape("+7 900 000-01-1"), "/clients?limit=20&q=" + url.QueryEscape("900 000 04")}},
		{"client list", []string{"/clients"}},
	}
}

func searches(texts ...string) []string {
	paths := make([]string, len(texts))
	for i, text := range texts {
		paths[i] = "/clients?limit=20&q=" + url.QueryEscape(text)
	}
	return paths
}

// measureScale compares the lists of a full company with those of one that has a hundredth of everything: two databases, asked
// in turn.
func measureScale(ctx context.Context, o productOptions, full scale.Sizes, rounds int, say progress) ([]figure, error) {
	var sides [2]*product
	var figures []figure
	sizes := [2]scale.Sizes{full, full.Part(hundredth)}
	err := func() error {
		for i, name := range scaleDatabases {
			side, err := startScale(ctx, o, name, sizes[i], say)
			if err != nil {
				return err
			}
			sides[i] = side
		}
		var err error
		if figures, err = compareScales(ctx, sides, sizes, rounds, say); err != nil {
			return err
		}
		reports, err := measureReports(ctx, sides[0], full.Tasks, say)
		figures = append(figures, reports...)
		return err
	}()
	for _, side := range sides {
		if side != nil {
			err = errors.Join(err, side.close())
		}
	}
	for _, name := range scaleDatabases {
		err = errors.Join(err, administer(ctx, o.database, "drop database if exists "+name))
	}
	return figures, err
}

var scaleDatabases = [2]string{"bench_scale_full", "bench_scale_part"}

func compareScales(ctx context.Context, sides [2]*product, sizes [2]scale.Sizes, rounds int, say progress) ([]figure, error) {
	asked := [2][]question{questions(sizes[0]), questions(sizes[1])}
	figures := make([]figure, 0, len(asked[0]))
	for k, q := range asked[0] {
		var p95 [2][]float64
		for round := range rounds + 1 {
			for turn := range sides {
				i := (turn + round) % len(sides)
				took, err := sides[i].ask(ctx, asked[i][k].paths)
				if err != nil {
					return nil, err
				}
				if round > 0 { // the first round warms up
					p95[i] = append(p95[i], inMilliseconds(took, 95))
				}
			}
		}
		say("%s: p95 %.1f ms, and %.1f ms with a hundredth", q.name, median(p95[0]), median(p95[1]))
		figures = append(figures, ratioOf(q.name+fmt.Sprintf(" p95, %d open tasks ÷ a hundredth of all", sizes[0].Tasks), "%.1f ms", p95[0], p95[1], atMost(1.3)))
	}
	return figures, nil
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
		{"funnel by responsible", func() error {
			divided := year
			divided.By = crm.ByResponsible
			_, err := db.Funnel(ctx, "typical-sale", 0, divided)
			return err
		}},
		{"funnel by months", func() error {
			divided := year
			divided.By, divided.Zone = crm.ByMonth, "Europe/Moscow"
			_, err := db.Funnel(ctx, "typical-sale", 0, divided)
			return err
		}},
		{"outcomes", func() error { _, err := db.Outcomes(ctx, "typical-sale", 0, year); return err }},
		{"potential", func() error {
			divided := year
			divided.By = crm.ByResponsible
			_, err := db.Potential(ctx, divided)
			return err
		}},
		{"cases behind a funnel's figure", func() error { return openFigure(ctx, db, crm.ReportFunnel, "passed", "offer", year) }},
		{"cases behind control's figure", func() error { return openFigure(ctx, db, crm.ReportControl, "unplanned", "", year) }},
		{"cases behind channels' figure", func() error { return openFigure(ctx, db, crm.ReportChannels, "won", "", year) }},
		{"manager control", func() error { _, err := db.Control(ctx, year); return err }},
		{"losses", func() error { _, err := db.Losses(ctx, year); return err }},
		{"claims", func() error { _, err := db.Claims(ctx, year); return err }},
		{"demand", func() error { _, err := db.Demand(ctx, year, 100); return err }},
		{"communication", func() error { _, err := db.Communication(ctx, crm.CommunicationFilter{ReportFilter: year}); return err }},
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

// openFigure asks for a page of the cases behind a figure; an empty stage means no row.
func openFigure(ctx context.Context, db *postgres.DB, report crm.ReportName, column, stage string, f crm.ReportFilter) error {
	row := map[string]string{}
	if stage != "" {
		row["stage"] = stage
	}
	_, err := db.ReportCases(ctx, crm.ReportFigure{Report: report, Filter: f, MapID: "typical-sale", Row: row, Column: column, Limit: 50})
	return err
}

// ask asks the paths in turn, and tells how long each answer took.
func (p *product) ask(ctx context.Context, paths []string) ([]time.Duration, error) {
	took := make([]time.Duration, scaleRequests)
	for i := range took {
		var page struct {
			Items []any `json:"items"`
		}
		path := paths[i%len(paths)]
		began := time.Now()
		if err := p.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
		if len(page.Items) == 0 {
			return nil, fmt.Errorf("%s is empty: it is to be full", path)
		}
	}
	return took, nil
}

// startScale makes a database, fills it, and starts a server on it.
func startScale(ctx context.Context, o productOptions, name string, s scale.Sizes, say progress) (*product, error) {
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
	if err := scale.Fill(ctx, p.app.DB.Pool(), s, p.user, time.Now(), say); err != nil {
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
