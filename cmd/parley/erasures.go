package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/kuvaka-tech/parley/app/erasures"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

// erasuresCommand describes the commands for the list of erased accounts.
type erasuresCommand struct {
	Export exportCommand `cmd:"" help:"Print the list of erased accounts. Save it outside of the database."`
	Apply  applyCommand  `cmd:"" help:"After a restore: read the list, erase the accounts again and end all sessions."`
}

type (
	exportCommand struct{}
	applyCommand  struct{}
)

// Run prints the list to standard output, and the number of erasures to standard error.
func (exportCommand) Run() error {
	return withErasures(func(ctx context.Context, s *erasures.Service) error {
		n, err := s.Export(ctx, os.Stdout)
		if err != nil {
			return fmt.Errorf("exporting the erasures: %w", err)
		}
		fmt.Fprintf(os.Stderr, "Exported erasures: %d.\n", n)
		return nil
	})
}

// Run reads the list from standard input. It migrates the schema first, because the backup may be
// of an older version.
func (applyCommand) Run() error {
	return withErasures(func(ctx context.Context, s *erasures.Service) error {
		result, err := s.Apply(ctx, os.Stdin)
		if err != nil {
			return fmt.Errorf("applying the erasures: %w", err)
		}
		fmt.Fprintf(os.Stderr, "All sessions ended. Erasures read: %d. Accounts erased again: %d.\n",
			result.Listed, result.Erased)
		if result.Listed == 0 {
			fmt.Fprintln(os.Stderr, "The list is empty. If accounts were erased after the backup, "+
				"run the command again with the right list.")
		}
		return nil
	})
}

// withErasures calls f with the list in the configured database.
func withErasures(f func(ctx context.Context, s *erasures.Service) error) error {
	c, err := load(configs.LoadDatabase)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), shutdownSignals...)
	defer cancel()
	s, closeStore, err := boot.Erasures(ctx, c, boot.NewLogger(os.Stderr, c))
	if err != nil {
		return err
	}
	return errors.Join(f(ctx, s), closeStore())
}
