package postgres_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// schema is a schema of one test's own.
type schema struct {
	*testing.T
	url  string
	conn *pgx.Conn // leads there, past what is tested
}

// newSchema makes an empty schema that is dropped with the test, which runs
// beside others. Options are added to the URL, "name=value" each.
func newSchema(t *testing.T, options ...string) *schema {
	t.Helper()
	t.Parallel()
	name := "parley_" + strings.ToLower(rand.Text())
	at := server(t)
	q := at.Query()
	q.Set("search_path", name)
	q.Set("application_name", name)
	q.Set("pool_max_conns", "8")
	q.Set("synchronous_commit", "off") // no test pulls the plug
	for _, option := range options {
		key, value, _ := strings.Cut(option, "=")
		q.Set(key, value)
	}
	s := &schema{T: t, conn: connect(t, at)}
	at.RawQuery = q.Encode()
	s.url = at.String()
	s.exec(`CREATE SCHEMA ` + name)
	s.exec(`SET search_path TO ` + name)
	t.Cleanup(func() {
		s.exec(`DROP SCHEMA ` + name + ` CASCADE`)
		if err := s.conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func server(t *testing.T) *url.URL {
	t.Helper()
	at, err := url.Parse(portstest.Infrastructure(t, "TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal("TEST_DATABASE_URL is no URL")
	}
	return at
}

func connect(t *testing.T, at *url.URL) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), at.String())
	if err != nil {
		t.Fatalf("no PostgreSQL at %s: %v", at.Redacted(), err)
	}
	return conn
}

// open migrates the schema and opens it.
func (s *schema) open() *postgres.DB {
	s.Helper()
	s.ok(postgres.Migrate(s.Context(), s.url))
	db, err := postgres.Open(s.Context(), s.url)
	s.ok(err)
	s.Cleanup(func() {
		if err := db.Close(); err != nil {
			s.Error(err)
		}
	})
	return db
}

func (s *schema) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *schema) exec(statement string, args ...any) {
	s.Helper()
	_, err := s.conn.Exec(context.Background(), statement, args...)
	s.ok(err)
}

// one is the one value that a query gives.
func one[T any](s *schema, query string, args ...any) (v T) {
	s.Helper()
	s.ok(s.conn.QueryRow(s.Context(), query, args...).Scan(&v))
	return v
}
