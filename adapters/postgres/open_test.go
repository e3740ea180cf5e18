package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// password is URL-encoded. It unescapes to "Canary-7:@x".
const password = "Canary-7f%3A%40x"

// Errors must contain the password neither encoded nor decoded.
func TestErrorsDoNotContainThePassword(t *testing.T) {
	for name, rawURL := range map[string]string{
		"connection refused": "postgres://parley:" + password + "@127.0.0.1:1/test?sslmode=disable&connect_timeout=1",
		"invalid port":       "postgres://parley:" + password + "@127.0.0.1:banana/test",
		"invalid escape":     "postgres://parley:" + password + "%zz@127.0.0.1/test",
		"invalid option":     "postgres://parley:" + password + "@127.0.0.1/test?pool_max_conns=many",
		"not a URL":          "host=127.0.0.1 port=1 password='" + password + "' sslmode=sometimes",
		"option with spaces": "host=127.0.0.1 port=1 password = '" + password + "' sslmode=sometimes",
		"URL with a space":   "postgres://parley:" + password + " x@127.0.0.1/test",
		"another scheme":     "mysql://parley:" + password + "@127.0.0.1/test",
	} {
		t.Run(name, func(t *testing.T) {
			db, openErr := postgres.Open(t.Context(), rawURL)
			if db != nil {
				t.Error("Open returned a store, want only an error")
			}
			decoded, _ := url.PathUnescape(password)
			for _, err := range []error{openErr, postgres.Migrate(t.Context(), rawURL, slog.New(slog.DiscardHandler))} {
				if err == nil {
					t.Fatal("Open or Migrate succeeded, want an error")
				}
				if strings.Contains(err.Error(), "Canary") || strings.Contains(err.Error(), decoded) {
					t.Errorf("the error contains the password: %v", err)
				}
			}
		})
	}
}

func TestOpenWithACancelledContext(t *testing.T) {
	s := newSchema(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := postgres.Open(ctx, s.url); !errors.Is(err, context.Canceled) {
		t.Errorf("Open error = %v, want context.Canceled", err)
	}
	if err := postgres.Migrate(ctx, s.url, slog.New(slog.DiscardHandler)); !errors.Is(err, context.Canceled) {
		t.Errorf("Migrate error = %v, want context.Canceled", err)
	}
}

func TestPingAndClose(t *testing.T) {
	s := newSchema(t)
	db, err := postgres.Open(t.Context(), s.url)
	s.noError(err)
	s.noError(db.Ping(t.Context()))
	s.noError(db.Close())
	if db.Ping(t.Context()) == nil {
		t.Error("Ping of a closed store succeeded, want an error")
	}
}

// The URL overrides the default settings.
func TestSettings(t *testing.T) {
	s := newSchema(t, "statement_timeout=7s")
	db, err := postgres.Open(t.Context(), s.url)
	s.noError(err)
	defer db.Close()
	for name, want := range map[string]string{
		"lock_timeout":                        "2s",
		"statement_timeout":                   "7s",
		"idle_in_transaction_session_timeout": "15s",
	} {
		if got, err := db.Setting(t.Context(), name); got != want || err != nil {
			t.Errorf("%s = %q, %v, want %q", name, got, err, want)
		}
	}
}

// The store returns times in UTC, whatever the time zone of the process and of the server is.
func TestTimesAreUTC(t *testing.T) {
	zone := time.FixedZone("elsewhere", 3*3600)
	f := newFixture(t, "timezone=Asia/Tokyo")
	r := chat.Room{ID: f.newID(), Owner: f.room.Owner, Name: "x", Created: noon.In(zone), Updated: noon.In(zone)}
	f.noError(f.Rooms.Add(t.Context(), r))
	got, err := f.Rooms.Get(t.Context(), r.Owner, r.ID)
	f.noError(err)
	if got.Created != noon {
		t.Errorf("creation time of the room = %v, want %v", got.Created, noon)
	}
	u, err := f.Users.Get(t.Context(), r.Owner)
	f.noError(err)
	if u.Proven != noon {
		t.Errorf("time of the proof = %v, want %v", u.Proven, noon)
	}
	if !u.ProUntil.Equal(time.Time{}) || u.ProUntil.Location() != time.UTC {
		t.Errorf("end of Pro = %v, want the zero time in UTC", u.ProUntil)
	}
}

// The server's error details contain rejected values. Errors of the store must not.
func TestErrorsDoNotContainRejectedValues(t *testing.T) {
	f := newFixture(t)
	d := f.draft("", 5)
	d.Text = "a secret\x00"
	_, err := f.Messages.Accept(t.Context(), d)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Accept of a text with NUL: error = %v, want one without the text", err)
	}
	f.accept(f.draft("", 5))
	tasks, err := f.ReplyQueue.Claim(t.Context(), noon, reply.Lease, 1, 0)
	f.noError(err)
	outcome := reply.Outcome{Status: "odd", Content: "a secret"}
	_, err = f.ReplyQueue.Finish(t.Context(), tasks[0].Reply, tasks[0].Fence, outcome, noon)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Finish with an invalid status: error = %v, want one without the content", err)
	}
	if err == nil || !strings.Contains(err.Error(), "messages_status_check") {
		t.Errorf("Finish with an invalid status: error = %v, want one with the name of the constraint", err)
	}
}

func TestConnectTimeoutIsAtMost5Seconds(t *testing.T) {
	for option, want := range map[string]time.Duration{
		"":                    5 * time.Second,
		"?connect_timeout=0":  5 * time.Second,
		"?connect_timeout=2":  2 * time.Second,
		"?connect_timeout=60": 5 * time.Second,
	} {
		got, err := postgres.ConnectTimeout("postgres://parley@127.0.0.1/test" + option)
		if err != nil || got != want {
			t.Errorf("connect timeout with %q = %s, error %v; want %s", option, got, err, want)
		}
	}
}
