package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"marshrut/app"
	"marshrut/crm"
	"marshrut/migrations"
)

// withApp reads the settings, opens the program's parts and closes them afterwards.
func withApp(cmd *cobra.Command, work func(ctx context.Context, a *app.App) error) error {
	settings, err := app.ReadSettings()
	if err != nil {
		return err
	}
	settings.Version = app.Version()
	a, err := app.Open(cmd.Context(), settings, newLog(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	defer a.Close()
	// The audit says of what the program does by itself which one it was.
	return work(crm.WithOrigin(cmd.Context(), &crm.Origin{Program: cmd.CommandPath()}), a)
}

func serverCommand() *cobra.Command {
	var alsoWorker bool
	cmd := &cobra.Command{
		Use:   "server",
		Short: "Serve the API",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app.App) error { return serve(ctx, a, alsoWorker) })
		},
	}
	cmd.Flags().BoolVar(&alsoWorker, "worker", false, "run a worker in the same process")
	return cmd
}

func serve(ctx context.Context, a *app.App, alsoWorker bool) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.Settings.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("MARSHRUT_ADDR: %s is in use by another program", a.Settings.Addr)
	}
	if err != nil {
		return fmt.Errorf("MARSHRUT_ADDR: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.RunServer(ctx, listener, alsoWorker) })
	if alsoWorker {
		group.Go(func() error { return a.RunWorker(ctx) })
	}
	return group.Wait()
}

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Carry out cases: run their workflows and activities",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app.App) error { return a.RunWorker(ctx) })
		},
	}
}

func migrateCommand() *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to date and publish the route maps that come with the program",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app.App) error {
				applied, err := a.Migrate(ctx)
				if err != nil {
					return err
				}
				cmd.Printf("database up to date (%d migrations applied)\n", applied)
				if role == "" {
					return nil
				}
				return migrations.Grant(ctx, a.DB.Pool(), role)
			})
		},
	}
	cmd.Flags().StringVar(&role, "program-role", "", "database role that server and worker connect as; it is given their rights, which let it alter nothing that is recorded")
	return cmd
}
