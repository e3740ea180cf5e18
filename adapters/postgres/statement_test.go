package postgres

import (
	"reflect"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
)

type ownerParams struct {
	Owner id.ID `db:"owner"`
}

type testParams struct {
	ownerParams
	Limit quota.Limit `db:"limit"`
	Hash  []byte      `db:"hash"`
}

func TestStatement(t *testing.T) {
	s := parse[testParams](`-- All of @owner and @nobody
SELECT @limit::integer, @owner, -- the owner
	@hash, @limit`)
	if want := "\nSELECT $1::integer, $2,\n\t$3, $1"; s.sql != want {
		t.Errorf("SQL = %q, want %q", s.sql, want)
	}
	args := s.args(testParams{ownerParams: ownerParams{Owner: "a"}, Limit: 5, Hash: []byte{1}})
	if want := []any{5, "a", []byte{1}}; !reflect.DeepEqual(args, want) {
		t.Errorf("arguments = %#v, want %#v", args, want)
	}
}

func TestMistakesInStatementsPanic(t *testing.T) {
	for name, parseIt := range map[string]func(){
		"parameter without a field": func() { parse[ownerParams](`SELECT @owner, @limit`) },
		"field without a parameter": func() { parse[testParams](`SELECT @owner, @limit`) },
		"file that does not exist":  func() { load[ownerParams]("none.sql") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic, want one")
				}
			}()
			parseIt()
		})
	}
}

// BenchmarkStatementArgs measures what named parameters add to the cost of accepting a message.
func BenchmarkStatementArgs(b *testing.B) {
	d := chat.Draft{
		Ask: chat.Ask{
			Room:  "01900000-0000-7000-8000-000000000003",
			User:  "01900000-0000-7000-8000-000000000004",
			Key:   "key",
			Now:   time.Now(),
			Basic: plan.Terms{Limit: 5},
		},
		Prompt: "01900000-0000-7000-8000-000000000001",
		Reply:  "01900000-0000-7000-8000-000000000002",
		Text:   "Hoo?",
	}
	b.ReportAllocs()
	for b.Loop() {
		params, _ := newAcceptParams([]chat.Draft{d})
		acceptMessages.args(params)
	}
}
