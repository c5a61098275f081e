// Package postgrestest gives each test a Postgres database of its own, migrated and empty, so that tests run in parallel.
package postgrestest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/migrations"
	"marshrut/postgres"
	"marshrut/postgres/pgserver"
)

// EnvURL names a running server to use instead of a private one; its user must be allowed to create databases.
const EnvURL = "MARSHRUT_TEST_DATABASE_URL"

const template = "marshrut_test_template"

// Server is a Postgres server for the tests of one package.
type Server struct {
	url string // of its database "postgres"
}

// New gives the test a fresh database; it is dropped when the test ends.
func (s *Server) New(t testing.TB, o postgres.Options) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), s.NewURL(t), o)
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// NewURL is New for tests that connect by themselves.
func (s *Server) NewURL(t testing.TB) string {
	t.Helper()
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	s.admin(t, fmt.Sprintf("create database %s template %s", name, s.template()))
	t.Cleanup(func() { s.admin(t, "drop database if exists "+name+" with (force)") })
	return s.urlOf(name)
}

// template is of this process alone, so that packages tested side by side on one server do not meet.
func (s *Server) template() string { return fmt.Sprintf("%s_%d", template, os.Getpid()) }

func (s *Server) urlOf(database string) string {
	u, err := url.Parse(s.url)
	if err != nil {
		return s.url
	}
	u.Path = "/" + database
	return u.String()
}

func (s *Server) admin(t testing.TB, sql string) {
	t.Helper()
	if err := s.exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (s *Server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("prepare the test server: %w", err)
	}
	return nil
}

func (s *Server) migrateTemplate(ctx context.Context) error {
	if err := s.exec(ctx, "create database "+s.template()); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, s.urlOf(s.template()), postgres.Options{})
	if err != nil {
		return fmt.Errorf("open the template: %w", err)
	}
	defer db.Close()
	if _, err := migrations.Up(ctx, db.Pool()); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	return nil
}

// Main runs a package's tests with a server: the one of MARSHRUT_TEST_DATABASE_URL, or a private one started for it.
//
//	func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, &server)) }
func Main(m *testing.M, s **Server) int {
	server, stop, err := start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stop()
	*s = server
	return m.Run()
}

func start(ctx context.Context) (*Server, func(), error) {
	url, stop, err := serve(ctx)
	if err != nil {
		return nil, nil, err
	}
	server := &Server{url: url}
	if err := server.migrateTemplate(ctx); err != nil {
		stop()
		return nil, nil, err
	}
	return server, func() {
		_ = server.exec(ctx, "drop database if exists "+server.template()+" with (force)")
		stop()
	}, nil
}

// serve gives the server of the environment, or a private one in a folder that is removed afterwards.
func serve(ctx context.Context) (url string, stop func(), err error) {
	if url := os.Getenv(EnvURL); url != "" {
		return url, func() {}, nil
	}
	folder, err := os.MkdirTemp("", "marshrut-test-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the test server: %w", err)
	}
	// The user Postgres runs as must be able to pass through.
	if err := os.Chmod(folder, 0o755); err != nil {
		return "", nil, fmt.Errorf("open the test server's folder: %w", err)
	}
	server, err := pgserver.Start(ctx, pgserver.Config{Dir: filepath.Join(folder, "postgres"), Log: slog.Default()})
	if err != nil {
		_ = os.RemoveAll(folder)
		return "", nil, fmt.Errorf("start a Postgres server for the tests: %w", err)
	}
	return server.URL("postgres"), func() {
		_ = server.Stop(ctx)
		_ = os.RemoveAll(folder)
	}, nil
}
