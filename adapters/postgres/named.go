package postgres

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// statement is one whose arguments have names. It is taken apart once, where
// pgx.NamedArgs does so for every call.
type statement struct {
	sql   string   // with places: $1
	names []string // of the places
}

var name = regexp.MustCompile(`@([a-z_]+)`)

// named reads a statement written with names: @user.
func named(text string) statement {
	var s statement
	s.sql = name.ReplaceAllStringFunc(text, func(found string) string {
		if !slices.Contains(s.names, found[1:]) {
			s.names = append(s.names, found[1:])
		}
		return fmt.Sprint("$", 1+slices.Index(s.names, found[1:]))
	})
	return s
}

// args are the values in their places. A name without a value, or a value
// without a name, is a mistake in this package, and a panic.
func (s statement) args(values map[string]any) []any {
	if len(values) != len(s.names) {
		panic(fmt.Sprintf("%d values for the names %q", len(values), s.names))
	}
	places := make([]any, len(s.names))
	for i, name := range s.names {
		value, known := values[name]
		if !known {
			panic(fmt.Sprintf("no value for %q", name))
		}
		places[i] = plain(value)
	}
	return places
}

// plain saves pgx from trying types that it does not know in other ways first.
func plain(value any) any {
	switch v := value.(type) {
	case id.ID:
		return string(v)
	case quota.Limit:
		return int(v)
	}
	return value
}
