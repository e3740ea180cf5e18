package postgres_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// tablesWithoutUsers are the tables whose rows do not belong to a user.
var tablesWithoutUsers = map[string]bool{
	"workers":          true,
	"events":           true,
	"spend":            true,
	"country_codes":    true,
	"code_counts":      true,
	"kept_counts":      true, // have no number and no id
	"goose_db_version": true,
	// These have rows of erased users only.
	"erasures":           true,
	"customer_deletions": true,
	"ended_sessions":     true, // have only ids of sessions that do not exist any more
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

// wantList checks that the list of erasures has the id of the user and nothing else, and that the
// outbox has the customer.
func (s *schema) wantList(u portstest.FullUser) {
	s.Helper()
	columns := queryValue[string](s, `SELECT string_agg(column_name, ' ' ORDER BY column_name)
		FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'erasures'`)
	if columns != "at user_id" {
		s.Errorf("columns of the list of erasures = %s, want only user_id and at", columns)
	}
	listed := queryValue[string](s, `SELECT string_agg(user_id::text, ' ') FROM erasures`)
	customers := queryValue[string](s, `SELECT string_agg(customer, ' ') FROM customer_deletions`)
	if listed != string(u.User.ID) || customers != u.Record.Customer {
		s.Errorf("erasures = %s, customers to delete = %s; want %s and %s",
			listed, customers, u.User.ID, u.Record.Customer)
	}
}

// Erasing a user must leave no row behind, also not in tables that later migrations add.
func TestErasingLeavesNothingInAnyTable(t *testing.T) {
	s := newSchema(t)
	all := stores(s.open())
	portstest.NewFullUser(t, all) // a user whose rows must stay
	s.removeDeleted(all.Retention)
	before := s.rowCounts()
	full := portstest.NewFullUser(t, all)
	for table, n := range s.rowCounts() {
		if !tablesWithoutUsers[table] && n <= before[table] {
			t.Errorf("%s has no row of the user: add one in NewFullUser, or list it in tablesWithoutUsers", table)
		}
	}
	s.noError(all.Eraser.Erase(t.Context(), full.User.ID, ports.KeepCounts{}))
	s.wantList(full)
	s.exec(`DELETE FROM erasures`)
	s.exec(`DELETE FROM customer_deletions`)
	s.exec(`DELETE FROM ended_sessions`)
	s.removeDeleted(all.Retention)
	after := s.rowCounts()
	if after["kept_counts"] == 0 {
		t.Error("Erase has kept no count of the user, want one")
	}
	delete(after, "kept_counts")
	delete(before, "kept_counts")
	if fmt.Sprint(after) != fmt.Sprint(before) {
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
