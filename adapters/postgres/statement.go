package postgres

import (
	"context"
	"embed"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
)

// sqlFiles contains the long statements. To run one in psql, replace its @parameters with values.
//
//go:embed sql/*.sql
var sqlFiles embed.FS

// statement is an SQL statement with named parameters. The parameter @user_id is
// the field of P with the tag `db:"user_id"`.
type statement[P any] struct {
	sql    string  // with positional parameters: $1, $2, ...
	fields [][]int // the field of each positional parameter, as an argument of reflect.Value.FieldByIndex
}

var (
	commentPattern   = regexp.MustCompile(`\s*--.*`)
	parameterPattern = regexp.MustCompile(`@[a-z_]+`)
)

// load parses the statement in a file of the directory sql. It panics if the file does not exist, and as parse does.
func load[P any](name string) statement[P] {
	text, err := sqlFiles.ReadFile("sql/" + name)
	if err != nil {
		panic(err)
	}
	return parse[P](string(text))
}

// parse replaces the named parameters with positional ones, and removes comments. It
// runs once for each statement, when the program starts. It panics when a parameter has
// no field, and when a field with a db tag has no parameter.
func parse[P any](text string) statement[P] {
	var s statement[P]
	fields := taggedFields[P]()
	positions := map[string]string{}
	s.sql = parameterPattern.ReplaceAllStringFunc(commentPattern.ReplaceAllString(text, ""), func(name string) string {
		if positions[name] == "" {
			index, found := fields[name]
			if !found {
				panic(fmt.Sprintf("%T has no field for the parameter %s", *new(P), name))
			}
			s.fields = append(s.fields, index)
			positions[name] = "$" + strconv.Itoa(len(s.fields))
		}
		return positions[name]
	})
	if len(positions) != len(fields) {
		panic(fmt.Sprintf("%T has a field without a parameter: the statement has %v", *new(P), positions))
	}
	return s
}

// taggedFields returns the index of each field of P that has a db tag. The keys are the parameter names, with the @.
func taggedFields[P any]() map[string][]int {
	fields := map[string][]int{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[P]()) {
		if name, tagged := field.Tag.Lookup("db"); tagged {
			fields["@"+name] = field.Index
		}
	}
	return fields
}

// args returns the values of the positional parameters, in their order.
func (s statement[P]) args(params P) []any {
	fields := reflect.ValueOf(params)
	args := make([]any, len(s.fields))
	for i, index := range s.fields {
		args[i] = basicValue(fields.FieldByIndex(index))
	}
	return args
}

// basicValue returns the value of a field. It converts types such as id.ID to their
// basic types, because pgx is slow for types that it does not know: it tries several
// other encodings first.
func basicValue(field reflect.Value) any {
	switch field.Kind() {
	case reflect.String:
		return field.String()
	case reflect.Int:
		return int(field.Int())
	case reflect.Int64:
		return field.Int()
	}
	return field.Interface()
}

// get runs the statement and scans its row into dest. It fails with sql.ErrNoRows when the statement returns none.
func (s statement[P]) get(ctx context.Context, q queryer, dest any, params P) error {
	return q.GetContext(ctx, dest, s.sql, s.args(params)...)
}

// selectAll runs the statement and scans its rows into the slice dest.
func (s statement[P]) selectAll(ctx context.Context, q queryer, dest any, params P) error {
	return q.SelectContext(ctx, dest, s.sql, s.args(params)...)
}

// exec runs the statement, which returns no rows.
func (s statement[P]) exec(ctx context.Context, q queryer, params P) error {
	_, err := q.ExecContext(ctx, s.sql, s.args(params)...)
	return err
}
