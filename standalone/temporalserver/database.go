package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/iancoleman/strcase"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql/driver"
	"go.temporal.io/server/common/primitives/timestamp"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/tools/common/schema"
	toolsql "go.temporal.io/server/tools/sql"
	"golang.org/x/sync/errgroup"
)

const (
	mainDatabase       = "temporal"
	visibilityDatabase = "temporal_visibility"

	// guardKey is the advisory lock a running server holds in its main database.
	guardKey = 0x6d617273 // "mars"

	duplicateDatabase = "42P04"
)

// guard keeps a second server off the databases: two would fight for the same shards. The lock lives as long as its
// connection, so a killed process leaves none.
type guard struct{ conn *pgx.Conn }

func (g *guard) release(ctx context.Context) {
	// A connection that cannot be closed is cut, and the lock with it.
	_ = g.conn.Close(context.WithoutCancel(ctx))
}

// prepareDatabases creates what is missing and brings the schemas up to date.
func prepareDatabases(ctx context.Context, databaseURL string, log *logger) (*guard, error) {
	if err := createDatabases(ctx, databaseURL, mainDatabase, visibilityDatabase); err != nil {
		return nil, err
	}
	guard, err := takeGuard(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	var both errgroup.Group
	both.Go(func() error {
		if err := updateSchema(databaseURL, mainDatabase, "postgresql/v12/temporal", log); err != nil {
			return err
		}
		return createNamespace(databaseURL)
	})
	both.Go(func() error {
		return updateSchema(databaseURL, visibilityDatabase, "postgresql/v12/visibility", log)
	})
	if err := both.Wait(); err != nil {
		guard.release(ctx)
		return nil, err
	}
	return guard, nil
}

func createDatabases(ctx context.Context, databaseURL string, names ...string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("connect to the database server for Temporal: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, name := range names {
		var there bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil {
			return fmt.Errorf("list the databases: %w", err)
		}
		if there {
			continue
		}
		_, err := conn.Exec(ctx, "CREATE DATABASE "+name)
		if refused := new(pgconn.PgError); errors.As(err, &refused) && refused.Code == duplicateDatabase {
			continue
		}
		if err != nil {
			return fmt.Errorf("create database %s for Temporal: %w", name, err)
		}
	}
	return nil
}

func takeGuard(ctx context.Context, databaseURL string) (*guard, error) {
	url, err := withDatabase(databaseURL, mainDatabase)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, url.String())
	if err != nil {
		return nil, fmt.Errorf("connect to database %s: %w", mainDatabase, err)
	}
	var free bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", guardKey).Scan(&free); err != nil {
		conn.Close(ctx)
		return nil, fmt.Errorf("lock database %s: %w", mainDatabase, err)
	}
	if !free {
		conn.Close(ctx)
		return nil, fmt.Errorf("another Temporal server already works on database %s of this server: "+
			"stop it, or give each its own PostgreSQL server", mainDatabase)
	}
	return &guard{conn}, nil
}

func updateSchema(databaseURL, database, name string, log *logger) error {
	cfg, err := sqlConfig(databaseURL, database)
	if err != nil {
		return err
	}
	conn, err := toolsql.NewConnection(cfg, log)
	if err != nil {
		return fmt.Errorf("connect to database %s: %w", database, err)
	}
	defer conn.Close()
	// Setting up writes version 0.0, which would repeat every update on an existing schema.
	if _, err := conn.ReadSchemaVersion(); err != nil {
		if err := schema.NewSetupSchemaTask(conn, &schema.SetupConfig{InitialVersion: "0.0"}, log).Run(); err != nil {
			return fmt.Errorf("set up the schema of database %s: %w", database, err)
		}
	}
	if err := schema.NewUpdateSchemaTask(conn, &schema.UpdateConfig{DBName: database, SchemaName: name}, log).Run(); err != nil {
		return fmt.Errorf("update the schema of database %s: %w", database, err)
	}
	return nil
}

// createNamespace makes the namespace, with its search attributes, when it is missing.
func createNamespace(databaseURL string) error {
	cfg, err := sqlConfig(databaseURL, mainDatabase)
	if err != nil {
		return err
	}
	namespace, err := sqlite.NewNamespaceConfig(clusterName, Namespace, false, searchAttributes())
	if err != nil {
		return fmt.Errorf("describe namespace %s: %w", Namespace, err)
	}
	namespace.Detail.Config.Retention = timestamp.DurationPtr(Retention)
	namespace.Detail.Info.Description = "Customer processes"
	if err := sqlite.CreateNamespaces(cfg, namespace); err != nil {
		return fmt.Errorf("create namespace %s: %w", Namespace, err)
	}
	return nil
}

func searchAttributes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		"MarshrutMap":        enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"MarshrutMapVersion": enumspb.INDEXED_VALUE_TYPE_INT,
		"MarshrutStage":      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"MarshrutStatus":     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"MarshrutPerformer":  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"MarshrutMode":       enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"MarshrutDue":        enumspb.INDEXED_VALUE_TYPE_DATETIME,
	}
}

func withDatabase(databaseURL, name string) (*url.URL, error) {
	u, err := url.Parse(databaseURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		// The URL itself may hold a password, and so may the parser's error.
		return nil, errors.New("DATABASE_URL must look like postgres://user:password@host:port/database")
	}
	u.Path = "/" + name
	return u, nil
}

// sqlConfig describes one of the databases to Temporal. Left to itself it would put a URL together from parts and lose what
// is unusual in ours, such as a space in the path of a socket.
func sqlConfig(databaseURL, name string) (*config.SQL, error) {
	u, err := withDatabase(databaseURL, name)
	if err != nil {
		return nil, err
	}
	return &config.SQL{
		PluginName:   postgresql.PluginNamePGX,
		DatabaseName: name,
		Connect: func(*config.SQL) (*sqlx.DB, error) {
			db, err := new(driver.PGXDriver).CreateConnection(u.String())
			if err != nil {
				return nil, err
			}
			db.SetMaxOpenConns(poolSize)
			db.SetMaxIdleConns(poolSize)
			db.SetConnMaxLifetime(time.Hour)
			// Temporal's rows are read into fields by such names.
			db.MapperFunc(strcase.ToSnake)
			return db, nil
		},
	}, nil
}
