package postgres_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/adapters/postgres"
)

// planNode is a node of the output of EXPLAIN (FORMAT JSON) (postgresql.org/docs/15/sql-explain.html).
type planNode struct {
	Type     string   `json:"Node Type"`
	Relation string   `json:"Relation Name"`
	Index    string   `json:"Index Name"`
	Cond     string   `json:"Index Cond"`
	SortKey  []string `json:"Sort Key"`
	Plans    []planNode
}

// explain returns the plan of a statement that is prepared as the store does it.
func (s *schema) explain(statement postgres.Statement) planNode {
	s.Helper()
	var output []struct{ Plan planNode }
	s.noError(json.Unmarshal(s.explainWith(`EXPLAIN (FORMAT JSON)`, statement), &output))
	return output[0].Plan
}

// explainWith returns the output of the given EXPLAIN command.
func (s *schema) explainWith(command string, statement postgres.Statement) (output []byte) {
	s.Helper()
	s.exec(`DEALLOCATE ALL`)
	s.exec(`PREPARE explained AS ` + statement.SQL)
	literals := make([]string, len(statement.Args))
	for i, arg := range statement.Args {
		literals[i] = literal(arg)
	}
	execute := command + ` EXECUTE explained`
	if len(literals) > 0 {
		execute += `(` + strings.Join(literals, ", ") + `)`
	}
	s.noError(s.conn.QueryRow(context.Background(), execute, pgx.QueryExecModeSimpleProtocol).Scan(&output))
	return output
}

// literal returns an argument as SQL text.
func literal(arg any) string {
	switch v := arg.(type) {
	case sql.NullTime:
		if v.Valid {
			return literal(v.Time)
		}
		return "NULL"
	case []byte:
		return `'\x` + hex.EncodeToString(v) + `'`
	case time.Time:
		return v.Format(`'` + time.RFC3339Nano + `'`)
	case bool, int, int64:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("'%v'", arg)
}

// find returns the first result of match that is not "", over all nodes of the plan.
func (p planNode) find(match func(planNode) string) string {
	if found := match(p); found != "" {
		return found
	}
	for _, child := range p.Plans {
		if found := child.find(match); found != "" {
			return found
		}
	}
	return ""
}

// uses reports whether any node of the plan uses the index.
func (p planNode) uses(index string) bool {
	return p.find(func(node planNode) string {
		if node.Index == index {
			return index
		}
		return ""
	}) != ""
}

// readsWhole returns the large table that the node reads completely, if any. A partial
// index may be read completely, because it has only a few rows.
func (p planNode) readsWhole() string {
	wholeIndex := p.Index != "" && p.Cond == "" && !partialIndexes[p.Index]
	if largeTables[p.Relation] && (p.Type == "Seq Scan" || wholeIndex) {
		return p.Relation
	}
	return ""
}

// sortsForLimit returns the columns by which the node sorts its whole input to return only the first rows.
func (p planNode) sortsForLimit() string {
	if p.Type == "Limit" && strings.HasSuffix(p.Plans[0].Type, "Sort") {
		return strings.Join(p.Plans[0].SortKey, ", ")
	}
	return ""
}
