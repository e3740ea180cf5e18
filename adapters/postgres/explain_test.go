package postgres_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/adapters/postgres"
)

// plan is a node of what EXPLAIN (FORMAT JSON) tells (postgresql.org/docs/15/sql-explain.html).
type plan struct {
	Node     string   `json:"Node Type"`
	Relation string   `json:"Relation Name"`
	Index    string   `json:"Index Name"`
	Cond     string   `json:"Index Cond"`
	Key      []string `json:"Sort Key"`
	Plans    []plan
}

// explain prepares the statement as a connection of the store does.
func (s *schema) explain(statement postgres.Statement) plan {
	s.Helper()
	var told []struct{ Plan plan }
	s.ok(json.Unmarshal(s.explained(`EXPLAIN (FORMAT JSON)`, statement), &told))
	return told[0].Plan
}

func (s *schema) explained(how string, statement postgres.Statement) (text []byte) {
	s.Helper()
	s.exec(`DEALLOCATE ALL`)
	s.exec(`PREPARE explained AS ` + statement.SQL)
	literals := make([]string, len(statement.Args))
	for i, arg := range statement.Args {
		literals[i] = literal(arg)
	}
	row := s.conn.QueryRow(context.Background(), how+` EXECUTE explained(`+strings.Join(literals, ", ")+`)`, pgx.QueryExecModeSimpleProtocol)
	s.ok(row.Scan(&text))
	return text
}

func literal(arg any) string {
	switch v := arg.(type) {
	case nil:
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

// find is the first answer that any node of the plan has, "" if none has.
func (p plan) find(ask func(plan) string) string {
	if found := ask(p); found != "" {
		return found
	}
	for _, below := range p.Plans {
		if found := below.find(ask); found != "" {
			return found
		}
	}
	return ""
}

func (p plan) uses(index string) string {
	if p.Index == index {
		return index
	}
	return ""
}

// whole is the big table that the node reads whole, if it does. An index of what
// is not final, or is over, may be read whole.
func (p plan) whole() string {
	if big[p.Relation] && (p.Node == "Seq Scan" || p.Index != "" && p.Cond == "" && !partial[p.Index]) {
		return p.Relation
	}
	return ""
}

// sorted is what the node sorts by to take the first few, if it does.
func (p plan) sorted() string {
	if p.Node == "Limit" && strings.HasSuffix(p.Plans[0].Node, "Sort") {
		return strings.Join(p.Plans[0].Key, ", ")
	}
	return ""
}
