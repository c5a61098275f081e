package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"marshrut/app"
	"marshrut/crm"
)

func erasuresCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "erasures",
		Short: "Clients that have been erased: keep a list of them, and erase them again after a backup was restored",
		Args:  cobra.NoArgs,
	}
	command.AddCommand(erasuresListCommand(), erasuresRepeatCommand())
	return command
}

func erasuresListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Print the erased clients, a line of JSON each: ids and times only",
		Example: "  marshrut erasures list > /var/lib/marshrut/erased.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app.App) error {
				erased, err := a.DB.ErasedClients(ctx)
				if err != nil {
					return err
				}
				lines := json.NewEncoder(cmd.OutOrStdout())
				for i := range erased {
					if err := lines.Encode(erased[i]); err != nil {
						return fmt.Errorf("print an erased client: %w", err)
					}
				}
				return nil
			})
		},
	}
}

func erasuresRepeatCommand() *cobra.Command {
	var login, reason string
	cmd := &cobra.Command{
		Use:   "repeat FILE",
		Short: "Erase again the clients of a list that a restored database still holds; those already erased are left alone",
		Long: "Erase again the clients of a list that a restored database still holds; those already erased are left alone.\n" +
			"Clients with open cases are named and left: end these cases and run it again. It ends with 1 while any are left.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			listed, err := readErased(args[0])
			if err != nil {
				return err
			}
			return withApp(cmd, func(ctx context.Context, a *app.App) error {
				by, err := a.DB.Credentials(ctx, login)
				if err != nil {
					return fmt.Errorf("--by %s: %w", login, err)
				}
				return repeatErasures(ctx, cmd, a, listed, crm.Erasure{By: by.User.ID, Reason: reason})
			})
		},
	}
	cmd.Flags().StringVar(&login, "by", "", "login of the user in whose name it is done")
	cmd.Flags().StringVar(&reason, "reason", "Erased again after an older backup was restored", "what is kept as the reason; name nobody in it")
	_ = cmd.MarkFlagRequired("by") // there is such a flag
	return cmd
}

// readErased reads a list that `erasures list` has printed.
func readErased(path string) ([]crm.ErasedClient, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the list of erased clients: %w", err)
	}
	defer func() { _ = file.Close() }()
	var listed []crm.ErasedClient
	for lines := json.NewDecoder(file); ; {
		var e crm.ErasedClient
		switch err := lines.Decode(&e); {
		case errors.Is(err, io.EOF):
			return listed, nil
		case err != nil:
			return nil, fmt.Errorf("read the list of erased clients, entry %d: %w", len(listed)+1, err)
		case e.At.IsZero():
			return nil, fmt.Errorf("read the list of erased clients, entry %d: client_id and erased_at are needed", len(listed)+1)
		}
		listed = append(listed, e)
	}
}

func repeatErasures(ctx context.Context, cmd *cobra.Command, a *app.App, listed []crm.ErasedClient, e crm.Erasure) error {
	done, left := 0, 0
	for _, erased := range listed {
		e.ClientID, e.LastAt = erased.ID, erased.At
		again, err := a.EraseAgain(ctx, e)
		if refusal, ok := crm.AsError(err); ok && refusal.Kind == crm.KindConflict {
			cmd.Printf("client %s: %s\n", erased.ID, refusal.Detail)
			left++
			continue
		}
		if err != nil {
			return err
		}
		if again {
			done++
		}
	}
	cmd.Printf("%d clients erased again, %d left\n", done, left)
	if left > 0 {
		return exitCode(1)
	}
	return nil
}
