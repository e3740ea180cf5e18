package configs

import (
	"errors"
	"slices"
	"strings"
)

// JoinProblems returns an error with the lines of all errors: one problem per line, sorted, each
// once. The order is the same at every start, and the problems of one variable are together. It
// returns nil without a problem.
func JoinProblems(errs ...error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	lines := strings.Split(err.Error(), "\n")
	slices.Sort(lines)
	return errors.New(strings.Join(slices.Compact(lines), "\n"))
}
