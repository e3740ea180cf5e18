package postgres_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// schema is a database schema that one test has for itself.
type schema struct {
	*testing.T
	url  string    // for postgres.Migrate and postgres.Open
	conn *pgx.Conn // a connection of the test, not of the store
}

// newSchema creates an empty schema and drops it after the test. The test runs in
// parallel with others. Each option "name=value" becomes a parameter of the URL.
func newSchema(t *testing.T, options ...string) *schema {
	t.Helper()
	t.Parallel()
	name := "parley_" + strings.ToLower(rand.Text())
	server := serverURL(t)
	query := server.Query()
	query.Set("search_path", name)
	query.Set("application_name", name)
	query.Set("pool_max_conns", "8")
	query.Set("synchronous_commit", "off") // faster; no test crashes the server
	for _, option := range options {
		key, value, _ := strings.Cut(option, "=")
		query.Set(key, value)
	}
	s := &schema{T: t, conn: connect(t, server)}
	server.RawQuery = query.Encode()
	s.url = server.String()
	s.exec(`CREATE SCHEMA ` + name)
	s.exec(`SET search_path TO ` + name)
	t.Cleanup(func() {
		s.exec(`DROP SCHEMA ` + name + ` CASCADE`)
		if err := s.conn.Close(context.Background()); err != nil {
			t.Errorf("closing the test's connection: %v", err)
		}
	})
	return s
}

func serverURL(t *testing.T) *url.URL {
	t.Helper()
	server, err := url.Parse(portstest.Infrastructure(t, "TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal("TEST_DATABASE_URL is not a valid URL")
	}
	return server
}

func connect(t *testing.T, server *url.URL) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.String())
	if err != nil {
		t.Fatalf("connecting to PostgreSQL at %s: %v", server.Redacted(), err)
	}
	return conn
}

// open migrates the schema and opens the store on it.
func (s *schema) open() *postgres.DB {
	s.Helper()
	s.noError(postgres.Migrate(s.Context(), s.url, slog.New(slog.DiscardHandler)))
	db, err := postgres.Open(s.Context(), s.url)
	s.noError(err)
	s.Cleanup(func() {
		if err := db.Close(); err != nil {
			s.Errorf("closing the store: %v", err)
		}
	})
	return db
}

func (s *schema) noError(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("unexpected error: %v", err)
	}
}

// exec runs a statement on the test's connection.
func (s *schema) exec(statement string, args ...any) {
	s.Helper()
	_, err := s.conn.Exec(context.Background(), statement, args...)
	s.noError(err)
}

// queryValue returns the only value of a query on the test's connection.
func queryValue[T any](s *schema, query string, args ...any) (v T) {
	s.Helper()
	s.noError(s.conn.QueryRow(s.Context(), query, args...).Scan(&v))
	return v
}
