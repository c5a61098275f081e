package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"marshrut/app"
	"marshrut/server"
)

func contractCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the API's OpenAPI contract, as the server has it at /openapi.yaml",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			contract, err := server.Contract(app.Version())
			if err != nil {
				return err
			}
			if _, err := cmd.OutOrStdout().Write(contract); err != nil {
				return fmt.Errorf("print the contract: %w", err)
			}
			return nil
		},
	}
}
