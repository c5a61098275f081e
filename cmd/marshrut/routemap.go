package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"marshrut/app"
	"marshrut/crm"
	"marshrut/notify"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
	"marshrut/routemaps/routemapcli"
)

// interrupted is the exit code of a command that a signal has ended, as shells have it.
const interrupted = 130

func routemapCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "routemap", Short: "Check, draw, test and publish route maps"}
	cmd.AddCommand(lintCommand(), renderCommand(), testCommand(), publishCommand())
	return cmd
}

func lintCommand() *cobra.Command {
	var strict bool
	cmd := &cobra.Command{
		Use:   "lint PATH...",
		Short: "Check maps, files or folders; says file:line:column and what to do",
		Args:  cobra.MinimumNArgs(1),
		RunE:  withCommands(func(c routemapcli.Commands, args []string) int { return c.Lint(args, strict) }),
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "take warnings for errors")
	return cmd
}

func renderCommand() *cobra.Command {
	var format, lang string
	cmd := &cobra.Command{
		Use:   "render FILE",
		Short: "Draw a map, as svg, mermaid or markdown, on standard output",
		Args:  cobra.ExactArgs(1),
		RunE: withCommands(func(c routemapcli.Commands, args []string) int {
			return c.Render(args[0], routemapcli.Format(format), crm.Lang(lang))
		}),
	}
	cmd.Flags().StringVar(&format, "format", "svg", "svg, mermaid or markdown")
	cmd.Flags().StringVar(&lang, "lang", string(crm.RU), "ru or en")
	return cmd
}

func testCommand() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run the *_test.yaml beside maps, with time skipped",
		Args:  cobra.MinimumNArgs(1),
		RunE:  withCommands(func(c routemapcli.Commands, args []string) int { return c.Test(args, verbose) }),
	}
	cmd.Flags().BoolVar(&verbose, "verbose", false, "name each test, and the outcomes that no test chooses")
	return cmd
}

// withCommands runs a command that needs neither database nor server.
func withCommands(run func(c routemapcli.Commands, args []string) int) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		library, err := notify.Shipped()
		if err != nil {
			return fmt.Errorf("read the shipped templates: %w", err)
		}
		calendars, err := calendar.Shipped()
		if err != nil {
			return fmt.Errorf("read the shipped calendars: %w", err)
		}
		c := routemapcli.Commands{
			Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr(), Calendars: map[string]*calendar.Calendar{},
			Known: routemaps.Known{Roles: crm.Roles(), Offices: []string{}},
		}
		c.Known.EmailTemplates, c.Known.SMSTemplates = app.TemplateKeys(library)
		for _, one := range calendars {
			c.Calendars[one.ID()] = one
			c.Known.Calendars = append(c.Known.Calendars, one.ID())
		}
		ended := make(chan int, 1)
		go func() { ended <- run(c, args) }()
		select {
		case code := <-ended:
			if code != routemapcli.ExitOK {
				return exitCode(code)
			}
			return nil
		case <-cmd.Context().Done(): // a signal; the command may be waiting for a file that says nothing
			return exitCode(interrupted)
		}
	}
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

func publishFile(ctx context.Context, a *app.App, name string) (*crm.RouteMapVersion, bool, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, false, fmt.Errorf("read a route map: %w", err)
	}
	defer file.Close()
	source, err := routemaps.ReadSource(file, name)
	if err != nil {
		return nil, false, err
	}
	return a.DB.PublishRouteMap(ctx, source, uuid.Nil)
}

func publish(ctx context.Context, cmd *cobra.Command, a *app.App, name string) error {
	version, fresh, err := publishFile(ctx, a, name)
	if wrong, ok := errors.AsType[routemaps.Errors](err); ok {
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
