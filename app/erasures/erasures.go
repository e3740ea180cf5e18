// Package erasures is the use case of an operator who restores a backup. The backup contains
// accounts that were erased, and sessions that ended, after it was made. The list of erasures, a
// file outside of the database, says which accounts to erase again.
package erasures

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// keepNothing selects no message counts. They are kept under a MAC of the number, whose key is not
// part of the backup. So after a restore, an account that is erased again has a new quota on that day.
var keepNothing = ports.KeepCounts{FirstDay: quota.DayOf(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))}

// Config is what a Service needs.
type Config struct {
	Erasures ports.Erasures
	Eraser   ports.Eraser
	Sessions ports.Sessions
}

// Service is the use case.
type Service struct{ config Config }

// New returns a Service.
func New(c Config) *Service { return &Service{config: c} }

// Export writes the list of erasures to w, one on each line: the time (RFC 3339) and the id of the
// account. It returns the number of erasures.
func (s *Service) Export(ctx context.Context, w io.Writer) (n int, err error) {
	list, err := s.config.Erasures.List(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the list: %w", err)
	}
	out := bufio.NewWriter(w)
	for _, e := range list {
		fmt.Fprintf(out, "%s %s\n", e.At.UTC().Format(time.RFC3339Nano), e.User) // Flush returns an error
	}
	if err := out.Flush(); err != nil {
		return 0, fmt.Errorf("writing the list: %w", err)
	}
	return len(list), nil
}

// Result says what Apply has done.
type Result struct {
	Listed int // erasures in the list
	Erased int // accounts that existed
}

// Apply reads lists that Export has written, one after the other and in any order. It ends the
// sessions of all users, so that no token from before the backup was restored is valid any
// more. It adds the erasures to those in the store and erases the accounts that exist. Apply can
// be repeated. If a line of the list is invalid, Apply changes nothing.
func (s *Service) Apply(ctx context.Context, r io.Reader) (Result, error) {
	list, err := parse(r)
	if err != nil {
		return Result{}, fmt.Errorf("reading the list: %w", err)
	}
	if err := s.config.Sessions.EndEvery(ctx); err != nil {
		return Result{}, fmt.Errorf("ending all sessions: %w", err)
	}
	if err := s.config.Erasures.Add(ctx, list); err != nil {
		return Result{}, fmt.Errorf("storing the list: %w", err)
	}
	result := Result{Listed: len(list)}
	for _, e := range list {
		err := s.config.Eraser.Erase(ctx, e.User, keepNothing)
		switch {
		case err == nil:
			result.Erased++
		case !errors.Is(err, user.ErrNotFound):
			return result, fmt.Errorf("erasing account %s: %w", e.User, err)
		}
	}
	return result, nil
}
