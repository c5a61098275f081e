package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"marshrut/app"
	"marshrut/routemaps"
)

func routemapCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "routemap", Short: "Check, draw, test and publish route maps"}
	cmd.AddCommand(publishCommand())
	return cmd
}

func publishCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "publish FILE...",
		Short: "Publish maps as their next versions, in the database of DATABASE_URL",
		Long: "Publish maps as their next versions, in the database of DATABASE_URL. A map whose content is published already keeps its version. " +
			"New cases take the new version; running cases stay on theirs.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withApp(cmd, func(ctx context.Context, a *app.App) error {
				for _, name := range args {
					if err := publish(ctx, cmd, a, name); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func publish(ctx context.Context, cmd *cobra.Command, a *app.App, name string) error {
	source, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read a route map: %w", err)
	}
	version, fresh, err := a.DB.PublishRouteMap(ctx, source, uuid.Nil)
	var wrong routemaps.Errors
	if errors.As(err, &wrong) {
		for _, e := range wrong {
			e.File = name
			cmd.PrintErrln(e)
		}
		return exitCode(1)
	}
	if err != nil {
		return err
	}
	if fresh {
		cmd.Printf("%s: published as version %d\n", version.MapID, version.Version)
	} else {
		cmd.Printf("%s: unchanged, version %d\n", version.MapID, version.Version)
	}
	return nil
}
