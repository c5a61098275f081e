package postgres_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"marshrut/postgres"
)

func TestAwayTellsAMissingDatabaseFromAFault(t *testing.T) {
	t.Parallel()
	_, refused := pgx.Connect(t.Context(), "postgres://nobody@127.0.0.1:1/nothing")
	require.Error(t, refused)
	for name, err := range map[string]error{
		"nothing listens":      refused,
		"shutting down":        &pgconn.PgError{Code: "57P01"},
		"starting up":          &pgconn.PgError{Code: "57P03"},
		"no connection left":   &pgconn.PgError{Code: "53300"},
		"went away in reading": io.ErrUnexpectedEOF,
		"went away in writing": &net.OpError{Op: "write", Err: syscall.EPIPE},
	} {
		require.True(t, postgres.Away(fmt.Errorf("read a case: %w", err)), name)
	}
	for name, err := range map[string]error{
		"nothing": nil, "no row": pgx.ErrNoRows, "a wrong statement": &pgconn.PgError{Code: "42601"}, "another error": errors.New("bad state"),
	} {
		require.False(t, postgres.Away(err), name)
	}
}
