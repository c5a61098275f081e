// Package postgres keeps the records: hand-written queries over pgx, one file per group of tables.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"marshrut/crm"
)

// DB is a pool of connections to Marshrut's database. It is safe for concurrent use.
type DB struct {
	pool                         *pgxpool.Pool
	clock                        crm.Clock
	maps                         *mapCache
	people                       *people
	noted                        atomic.Int64 // the directory's version whose calendars RecountDues has looked at
	lang                         crm.Lang
	baseURL                      string
	emailTemplates, smsTemplates []string
}

// Options are the settings of Open.
type Options struct {
	MaxConns int32     // 0: as the URL says, or pgx's default
	Clock    crm.Clock // nil: time.Now
	Lang     crm.Lang  // of texts that operators read; empty: Russian
	BaseURL  string    // of the pages, for links from Temporal UI; empty: no links

	Tracer pgx.QueryTracer // sees every question to the database, for measurements; nil: none

	// EmailTemplates and SMSTemplates are the keys of the templates that come with the program, for checking route maps.
	EmailTemplates, SMSTemplates []string
}

// Open connects to the database of the URL (postgres://…) and waits until it answers.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// pgx leaves the password out of its message, but not every part of a malformed URL.
		return nil, errors.New("read DATABASE_URL: it is not of the form postgres://user:password@host:port/database")
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "marshrut"
	}
	config.ConnConfig.Tracer = o.Tracer
	config.AfterConnect = registerTypes
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	clock := o.Clock
	if clock == nil {
		clock = time.Now
	}
	lang := o.Lang
	if lang == "" {
		lang = crm.RU
	}
	return &DB{
		pool: pool, clock: clock, maps: newMapCache(), people: &people{}, lang: lang, baseURL: strings.TrimSuffix(o.BaseURL, "/"),
		emailTemplates: o.EmailTemplates, smsTemplates: o.SMSTemplates,
	}, nil
}

// registerTypes makes times come back in UTC, whatever zone the machine is in, and ids travel as 16 bytes and not as text.
func registerTypes(_ context.Context, conn *pgx.Conn) error {
	pgxuuid.Register(conn.TypeMap())
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// Pool is the pool itself, for migrations and measurements.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.pool.Ping(ctx); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	return nil
}

// Close gives the connections back.
func (db *DB) Close() { db.pool.Close() }

// now is the time as Postgres can hold it.
func (db *DB) now() time.Time { return db.clock().UTC().Truncate(time.Microsecond) }

// inTx runs work in one transaction of ctx's origin, which is rolled back when it fails, and begins anew when it was chosen to give
// way in a deadlock: triggers that keep who sees what lock rows in an order that no caller knows. user_not_active: somebody's
// account ended while he was given something.
func (db *DB) inTx(ctx context.Context, work func(tx pgx.Tx) error) error {
	err := repeated(deadlocked, func() error { return pgx.BeginTxFunc(ctx, db.pool, beginStamped(ctx), work) })
	if violates(err, "client_erased") {
		return crm.Errorf(crm.KindConflict, "client_erased", "the client has been erased; nothing is written on its card any more")
	}
	if refusal := givenToALeaver(err); refusal != nil {
		return refusal
	}
	return err
}

// querier is what a query needs: the pool, or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// violates tells whether err is Postgres refusing a row because of the constraint or index named.
func violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

// givenToALeaver is the answer where the database refuses work for a user whose account has ended (R61): who gave it had seen him
// active a moment before. Nil: err is something else.
func givenToALeaver(err error) *crm.Error {
	if !violates(err, "work_of_active_users") {
		return nil
	}
	return crm.Errorf(crm.KindConflict, "user_not_active", "work is given to active users only")
}

// nullID stores the zero id as null.
func nullID(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// idOr is the id, or a new one in the place of the zero id.
func idOr(id uuid.UUID) (uuid.UUID, error) {
	if id != uuid.Nil {
		return id, nil
	}
	return newID()
}

// newID makes an id that sorts by time.
func newID() (uuid.UUID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil, fmt.Errorf("make an id: %w", err)
	}
	return id, nil
}
