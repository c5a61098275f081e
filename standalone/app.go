package main

import (
	"context"
)

// startApp starts the application on what is ready and waiting: migrations, worker, API and page. It returns when the
// application answers; stop ends it.
func startApp(_ context.Context, env environment) (stop func(context.Context) error, err error) {
	env.console.line("  PostgreSQL:   %s", env.DatabaseURL)
	return func(context.Context) error { return env.Listener.Close() }, nil
}
