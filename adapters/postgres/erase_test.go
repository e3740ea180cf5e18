package postgres_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/ports/portstest"
)

// tablesWithoutUsers are the tables whose rows do not belong to a user.
var tablesWithoutUsers = map[string]bool{
	"workers":          true,
	"events":           true,
	"spend":            true,
	"goose_db_version": true,
}

// rowCounts returns the number of rows of each table of the schema.
func (s *schema) rowCounts() map[string]int {
	s.Helper()
	rows, err := s.conn.Query(s.Context(), `SELECT table_name FROM information_schema.tables
		WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`)
	s.noError(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	s.noError(err)
	counts := map[string]int{}
	for _, table := range tables {
		counts[table] = queryValue[int](s, `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize())
	}
	return counts
}

// rowsWith returns the number of rows of a table that contain a text in any column.
func (s *schema) rowsWith(table, text string) int {
	s.Helper()
	query := `SELECT count(*) FROM ` + pgx.Identifier{table}.Sanitize() + ` AS r WHERE position($1 IN r::text) > 0`
	return queryValue[int](s, query, text)
}

// Erasing a user must leave no row behind, also not in tables that later migrations add.
func TestErasingLeavesNothingInAnyTable(t *testing.T) {
	s := newSchema(t)
	ports := stores(s.open())
	portstest.NewFullUser(t, ports) // a user whose rows must stay
	s.removeDeleted(ports.Retention)
	before := s.rowCounts()
	full := portstest.NewFullUser(t, ports)
	for table, n := range s.rowCounts() {
		if !tablesWithoutUsers[table] && n <= before[table] {
			t.Errorf("%s has no row of the user: add one in NewFullUser, or list it in tablesWithoutUsers", table)
		}
	}
	s.noError(ports.Eraser.Erase(t.Context(), full.User.ID))
	s.removeDeleted(ports.Retention)
	if after := s.rowCounts(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("rows after Erase = %v, want %v", after, before)
	}
	texts := []string{
		string(full.User.ID),
		full.User.Number.String(),
		string(full.Room.ID),
		string(full.Done),
		full.Record.Customer,
	}
	for table := range before {
		for _, text := range texts {
			if n := s.rowsWith(table, text); n > 0 {
				t.Errorf("%d rows of %s contain %s, want 0", n, table, text)
			}
		}
	}
}
