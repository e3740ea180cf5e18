//go:build linux

package rig

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Rows returns the number of rows of each table of a database.
func (p *Postgres) Rows(database string) map[string]int {
	p.Helper()
	conn := p.connect(database)
	defer conn.Close(context.Background())
	found, err := conn.Query(context.Background(), "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
	if err != nil {
		p.Fatalf("list the tables: %v", err)
	}
	tables, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		p.Fatalf("read the names of the tables: %v", err)
	}
	rows := map[string]int{}
	for _, table := range tables {
		rows[table] = p.Count(database, fmt.Sprintf("SELECT count(*) FROM %s", pgx.Identifier{table}.Sanitize()))
	}
	return rows
}
