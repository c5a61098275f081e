package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"marshrut/app"
	"marshrut/audit"
)

func keysCommand() *cobra.Command {
	keys := &cobra.Command{Use: "keys", Short: "The keys of the audit, which are not in the database", Args: cobra.NoArgs}
	var ifMissing bool
	create := &cobra.Command{
		Use:   "create",
		Short: "Make new keys in the folder of MARSHRUT_KEYS",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder := os.Getenv("MARSHRUT_KEYS")
			if folder == "" {
				return errors.New("MARSHRUT_KEYS is not set: name the folder that the keys are to lie in")
			}
			if ifMissing && audit.HasKeys(folder) {
				return nil
			}
			if err := audit.CreateKeys(folder); err != nil {
				return err
			}
			cmd.Printf("keys made in %s; keep a copy in a safe place, apart from the copies of the database\n", folder)
			return nil
		},
	}
	create.Flags().BoolVar(&ifMissing, "if-missing", false, "leave keys that are there as they are")
	keys.AddCommand(create, rotateCommand())
	return keys
}

func rotateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Put a new master key in the place of the one in the folder of MARSHRUT_KEYS",
		Long: "Put a new master key in the place of the one in the folder of MARSHRUT_KEYS, which stays beside it as master-old.key.\n" +
			"Then give all servers the folder and start them again, and run `marshrut audit rewrap`.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder := os.Getenv("MARSHRUT_KEYS")
			if folder == "" {
				return errors.New("MARSHRUT_KEYS is not set: name the folder that the keys lie in")
			}
			if err := audit.ReplaceMaster(folder); err != nil {
				return err
			}
			cmd.Printf("new master key in %s; start all servers again with it, then run `marshrut audit rewrap`\n", folder)
			return nil
		},
	}
}

func auditCommand() *cobra.Command {
	command := &cobra.Command{Use: "audit", Short: "The record of all changes: verify it, export its heads, wrap its keys anew", Args: cobra.NoArgs}
	command.AddCommand(auditExportCommand(), auditVerifyCommand(), auditRewrapCommand())
	return command
}

func auditExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export [FOLDER]",
		Short: "Seal what waits, and write the signed heads of all chains that have grown into FOLDER (else MARSHRUT_AUDIT_HEADS)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withApp(cmd, func(ctx context.Context, a *app.App) error {
				folder, err := headsFolder(a, args)
				if err != nil {
					return err
				}
				heads, err := a.ExportAudit(ctx, folder)
				if err != nil {
					return err
				}
				cmd.Printf("%d heads exported to %s\n", heads, folder)
				return nil
			})
		},
	}
}

func auditRewrapCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rewrap",
		Short: "Wrap with the master key what the one before it has wrapped; it may be broken off and run again",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app.App) error {
				rewrapped, err := a.RewrapKeys(ctx)
				if err != nil {
					return err
				}
				cmd.Printf("%d keys wrapped anew\n", rewrapped)
				return nil
			})
		},
	}
}

// staleAfter is how long a change waits to be sealed while a server runs, and then some.
const staleAfter = 5 * time.Minute

func auditVerifyCommand() *cobra.Command {
	var public string
	cmd := &cobra.Command{
		Use:   "verify [FOLDER]",
		Short: "Check every record of the audit against its chain, and against the heads exported into FOLDER (else MARSHRUT_AUDIT_HEADS)",
		Long: "Check every record of the audit against its chain, and against the heads exported into FOLDER (else MARSHRUT_AUDIT_HEADS).\n" +
			"It finds records that were altered, removed, inserted or put into another order, ends that were cut off, and chains that were\n" +
			"computed anew. It reads only, and ends with 1 when it has found something.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withApp(cmd, func(ctx context.Context, a *app.App) error {
				folder, err := headsFolder(a, args)
				if err != nil {
					return err
				}
				if public == "" {
					public = a.Settings.Keys
				}
				return verifyAudit(ctx, cmd, a, folder, public)
			})
		},
	}
	cmd.Flags().StringVar(&public, "public-key", "", "folder with signing.pub (default MARSHRUT_KEYS)")
	return cmd
}

func verifyAudit(ctx context.Context, cmd *cobra.Command, a *app.App, folder, public string) error {
	key, err := audit.LoadPublicKey(public)
	if err != nil {
		return err
	}
	exports, problems, err := audit.ReadHeads(folder, key)
	if err != nil {
		return err
	}
	v := audit.NewVerifier(exports)
	waiting, err := a.DB.VerifyAudit(ctx, v)
	if err != nil {
		return err
	}
	if exports.Lines == 0 {
		problems = append(problems, audit.Problem{Where: folder, What: "there are no exported heads: a chain that was computed anew would not be found"})
	}
	if waiting > staleAfter {
		problems = append(problems, audit.Problem{Where: "audit_pending", What: fmt.Sprintf("a change has been waiting to be sealed for %v: does a server run?", waiting.Round(time.Second))})
	}
	problems = append(problems, v.Problems...)
	for _, p := range problems {
		cmd.Println(p)
	}
	cmd.Printf("%d records in %d chains, %d exports up to record %d: %d problems\n", v.Records, v.Chains, exports.Lines, exports.N, len(problems))
	if len(problems) > 0 {
		return exitCode(1)
	}
	return nil
}

func headsFolder(a *app.App, args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	if a.Settings.AuditHeads == "" {
		return "", errors.New("name the folder of exported heads, or set MARSHRUT_AUDIT_HEADS")
	}
	return a.Settings.AuditHeads, nil
}
