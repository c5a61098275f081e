package postgres

import (
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Away tells whether an error means only that the database cannot be reached: it is down, is starting, or went away in the
// middle. What failed with it may be repeated; whether it was done nobody knows.
func Away(err error) bool {
	if answered, ok := errors.AsType[*pgconn.PgError](err); ok {
		// Connection exceptions, an operator's intervention, and no connection left.
		return strings.HasPrefix(answered.Code, "08") || strings.HasPrefix(answered.Code, "57P") || answered.Code == "53300"
	}
	var (
		connect *pgconn.ConnectError
		network *net.OpError
	)
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}
