package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"marshrut/app"
	"marshrut/crm"
	"marshrut/server"
)

// minPassword is the shortest password a person may be given.
const minPassword = 8

func userCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Manage users"}
	cmd.AddCommand(userAddCommand())
	return cmd
}

func userAddCommand() *cobra.Command {
	var u crm.User
	var lang string
	cmd := &cobra.Command{
		Use:   "add LOGIN",
		Short: "Add a user; the password is asked for, or read from standard input",
		Example: "  marshrut user add anna --name 'Анна Орлова' --email anna@example.com --role admin\n" +
			"  echo \"$PASSWORD\" | marshrut user add robot --role manager",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u.Login, u.Lang, u.Active = args[0], crm.Lang(lang), true
			if u.Name = crm.OneLine(u.Name); u.Name == "" {
				u.Name = u.Login
			}
			if u.Lang != crm.RU && u.Lang != crm.EN {
				return fmt.Errorf("--lang is %q: it must be ru or en", lang)
			}
			password, err := readPassword(cmd)
			if err != nil {
				return err
			}
			return withApp(cmd, func(ctx context.Context, a *app.App) error {
				added, err := a.DB.CreateUser(ctx, u, server.HashPassword(password))
				if err != nil {
					return err
				}
				cmd.Printf("user %s added (%s)\n", added.Login, strings.Join(added.Roles, ", "))
				return nil
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&u.Name, "name", "", "full name")
	flags.StringVar(&u.Email, "email", "", "e-mail")
	flags.StringVar(&u.Phone, "phone", "", "phone")
	flags.StringVar(&lang, "lang", string(crm.RU), "language of the page and the letters: ru or en")
	flags.StringVar(&u.TimeZone, "time-zone", "Europe/Moscow", "IANA name")
	flags.StringSliceVar(&u.Roles, "role", []string{crm.RoleManager}, "role; may be repeated: "+strings.Join(crm.Roles(), ", "))
	return cmd
}

// readPassword asks for a password without showing it, or reads a line where nobody is asked.
func readPassword(cmd *cobra.Command) (string, error) {
	var password string
	if in, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		cmd.PrintErr("Password: ")
		typed, err := term.ReadPassword(int(in.Fd()))
		cmd.PrintErrln()
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		password = string(typed)
	} else {
		line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	if len(password) < minPassword {
		return "", fmt.Errorf("the password is too short: at least %d characters", minPassword)
	}
	return password, nil
}
