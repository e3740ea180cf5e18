package postgres_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/ports/portstest"
)

// nobodys are the tables in which no row is of a user.
var nobodys = map[string]bool{"workers": true, "events": true, "spend": true, "goose_db_version": true}

// census counts the rows of every table that the migrations have made.
func (s *schema) census() map[string]int {
	s.Helper()
	rows, err := s.conn.Query(s.Context(), `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`)
	s.ok(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	s.ok(err)
	count := map[string]int{}
	for _, table := range tables {
		count[table] = one[int](s, `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize())
	}
	return count
}

// mentions counts the rows of a table in which a text occurs.
func (s *schema) mentions(table, text string) int {
	s.Helper()
	return one[int](s, `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()+` AS r WHERE position($1 IN r::text) > 0`, text)
}

// Whatever table a migration adds, erasing a user leaves none of their rows in it.
func TestErasingLeavesNothingInAnyTable(t *testing.T) {
	s := newSchema(t)
	ports := stores(s.open())
	portstest.NewLife(t, ports)
	before := s.census()
	life := portstest.NewLife(t, ports)
	for table, n := range s.census() {
		if !nobodys[table] && n <= before[table] {
			t.Errorf("nothing of the user is in %s: fill it in portstest.NewLife, or list it among nobodys", table)
		}
	}
	s.ok(ports.Eraser.Erase(t.Context(), life.User.ID))
	if after := s.census(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("rows left: %v, want %v", after, before)
	}
	for table := range before {
		for _, text := range []string{string(life.User.ID), life.User.Number.String(), string(life.Room.ID), string(life.Done), life.Record.Customer} {
			if n := s.mentions(table, text); n > 0 {
				t.Errorf("%d rows of %s mention %s", n, table, text)
			}
		}
	}
}
