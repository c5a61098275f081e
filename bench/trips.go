package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/activity"

	"marshrut/activities"
)

// work is what was asked of the database.
type work struct {
	trips  int // round trips
	writes int // transactions that wrote
}

// counter counts, as a tracer of pgx, what requests and Advances ask of the database. What the program does beside them
// (sending mail, acknowledging commands in bulk, looking for what was left lying) is not counted.
type counter struct {
	mu   sync.Mutex
	done work
	open map[*pgx.Conn]bool // connections inside a transaction; true: it has written
}

func newCounter() *counter { return &counter{open: map[*pgx.Conn]bool{}} }

// take gives what was counted since the last time.
func (c *counter) take() work {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := c.done
	c.done = work{}
	return done
}

// TraceQueryStart counts one statement.
func (c *counter) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	c.trip(ctx, conn, data.SQL)
	return ctx
}

// TraceQueryEnd has nothing to count.
func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts several statements sent together.
func (c *counter) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	statements := make([]string, 0, data.Batch.Len())
	for _, query := range data.Batch.QueuedQueries {
		statements = append(statements, query.SQL)
	}
	c.trip(ctx, conn, statements...)
	return ctx
}

// TraceBatchQuery has nothing to count.
func (c *counter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd has nothing to count.
func (c *counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// TracePrepareStart counts the round trip of a statement that is new to its connection.
func (c *counter) TracePrepareStart(ctx context.Context, conn *pgx.Conn, _ pgx.TracePrepareStartData) context.Context {
	c.trip(ctx, conn)
	return ctx
}

// TracePrepareEnd has nothing to count.
func (c *counter) TracePrepareEnd(context.Context, *pgx.Conn, pgx.TracePrepareEndData) {}

func (c *counter) trip(ctx context.Context, conn *pgx.Conn, statements ...string) {
	if !counted(ctx) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done.trips++
	c.done.writes += c.commits(conn, statements)
}

// commits follows a connection through one round trip and tells how many transactions that wrote end with it. Statements
// outside of "begin" and "commit" that are sent together are one transaction.
func (c *counter) commits(conn *pgx.Conn, statements []string) int {
	ended, loose := 0, false
	for _, sql := range statements {
		wrote, inside := c.open[conn]
		switch word := strings.ToLower(strings.Trim(sql, " ;\n\t")); {
		case strings.HasPrefix(word, "begin"):
			c.open[conn] = false
		case word == "commit" && wrote:
			ended++
			delete(c.open, conn)
		case word == "commit", word == "rollback":
			delete(c.open, conn)
		case !writing.MatchString(sql):
		case inside:
			c.open[conn] = true
		default:
			loose = true
		}
	}
	if loose {
		ended++
	}
	return ended
}

// writing are statements that write; "for update" only locks.
var writing = regexp.MustCompile(`(?i)\binsert\s+into\b|^\s*update\b|^\s*delete\b|\(\s*(update|delete)\b`)

// counted tells whether a question to the database belongs to a request or to an Advance.
func counted(ctx context.Context) bool {
	if ctx.Value(http.ServerContextKey) != nil {
		return true
	}
	return activity.IsActivity(ctx) && activity.GetInfo(ctx).ActivityType.Name == activities.AdvanceName
}

// measureTrips counts what completions ask of the database: of cases one after another, each alone.
func measureTrips(ctx context.Context, o productOptions, cases int) ([]figure, error) {
	c := newCounter()
	o.tracer = c
	p, err := startProduct(ctx, o)
	if err != nil {
		return nil, err
	}
	trips, writes, err := countTrips(ctx, p, c, cases)
	if closeErr := p.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	return []figure{
		valueOf("database round trips of a completion, HTTP request and Advance", "%.0f", float64(commonest(trips)), atMost(6)),
		valueOf("write transactions of a completion", "%.0f", float64(commonest(writes)), exactly(2)),
	}, nil
}

// countTrips gives the counts of each completion. The commonest one is taken later: a connection that is new prepares its
// statements first.
func countTrips(ctx context.Context, p *product, c *counter, cases int) (trips, writes []int, err error) {
	for range cases {
		a, err := p.appeal(ctx)
		if err != nil {
			return nil, nil, err
		}
		for range completions {
			// Advance(sync) of a new case runs beside the requests.
			if err := p.settled(ctx, a); err != nil {
				return nil, nil, err
			}
			c.take()
			if err := a.complete(ctx); err != nil {
				return nil, nil, err
			}
			done := c.take()
			trips, writes = append(trips, done.trips), append(writes, done.writes)
		}
		if err := a.end(ctx); err != nil {
			return nil, nil, err
		}
	}
	return trips, writes, nil
}
