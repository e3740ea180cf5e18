package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
)

const password = "Canary-7f%3A%40x"

// Neither the password as it is nor as a URL spells it may show.
func TestErrorsDoNotShowThePassword(t *testing.T) {
	for name, at := range map[string]string{
		"no such host":  "postgres://parley:" + password + "@127.0.0.1:1/test?sslmode=disable&connect_timeout=1",
		"no such port":  "postgres://parley:" + password + "@127.0.0.1:banana/test",
		"bad escape":    "postgres://parley:" + password + "%zz@127.0.0.1/test",
		"bad option":    "postgres://parley:" + password + "@127.0.0.1/test?pool_max_conns=many",
		"no URL":        "host=127.0.0.1 port=1 password='" + password + "' sslmode=sometimes",
		"spaced option": "host=127.0.0.1 port=1 password = '" + password + "' sslmode=sometimes",
		"spaces":        "postgres://parley:" + password + " x@127.0.0.1/test",
		"another thing": "mysql://parley:" + password + "@127.0.0.1/test",
	} {
		t.Run(name, func(t *testing.T) {
			db, opened := postgres.Open(t.Context(), at)
			for _, err := range []error{opened, postgres.Migrate(t.Context(), at)} {
				if err == nil || db != nil {
					t.Fatal("this is no database")
				}
				if plain, _ := url.PathUnescape(password); strings.Contains(err.Error(), "Canary") || strings.Contains(err.Error(), plain) {
					t.Errorf("the error shows the password: %v", err)
				}
			}
		})
	}
}

func TestOpenUnderAContextThatIsOver(t *testing.T) {
	s := newSchema(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := postgres.Open(ctx, s.url); !errors.Is(err, context.Canceled) {
		t.Errorf("Open: %v", err)
	}
	if err := postgres.Migrate(ctx, s.url); !errors.Is(err, context.Canceled) {
		t.Errorf("Migrate: %v", err)
	}
}

func TestPingAndClose(t *testing.T) {
	s := newSchema(t)
	db, err := postgres.Open(t.Context(), s.url)
	s.ok(err)
	s.ok(db.Ping(t.Context()))
	s.ok(db.Close())
	if db.Ping(t.Context()) == nil {
		t.Error("a closed database answers")
	}
}

// The URL has its say; what it leaves open is set, and 5 s is chat.ErrInFlight's.
func TestSettings(t *testing.T) {
	s := newSchema(t, "statement_timeout=7s")
	db, err := postgres.Open(t.Context(), s.url)
	s.ok(err)
	defer db.Close()
	for name, want := range map[string]string{"lock_timeout": "5s", "statement_timeout": "7s", "idle_in_transaction_session_timeout": "15s"} {
		if got, err := db.Setting(t.Context(), name); got != want || err != nil {
			t.Errorf("%s is %q, want %q (%v)", name, got, want, err)
		}
	}
}

// Whatever the zone of the program, times come back in UTC.
func TestTimesAreUTC(t *testing.T) {
	zone := time.FixedZone("elsewhere", 3*3600)
	a := newSchema(t, "timezone=Asia/Tokyo").talk()
	r := chat.Room{ID: a.id(), Owner: a.room.Owner, Name: "x", Created: noon.In(zone), Updated: noon.In(zone)}
	a.ok(a.Rooms.Add(t.Context(), r))
	got, err := a.Rooms.Get(t.Context(), r.Owner, r.ID)
	a.ok(err)
	if got.Created != noon {
		t.Errorf("%v came back as %v", noon, got.Created)
	}
	u, err := a.Users.Get(t.Context(), r.Owner)
	a.ok(err)
	if u.Proven != noon || !u.ProUntil.Equal(time.Time{}) || u.ProUntil.Location() != time.UTC {
		t.Errorf("proven %v, Pro until %v", u.Proven, u.ProUntil)
	}
}

// What the database refuses is told without the values that it refused.
func TestErrorsDoNotShowTexts(t *testing.T) {
	a := newSchema(t).talk()
	d := a.draft("", 5)
	d.Text = "a secret\x00"
	_, err := a.Messages.Accept(t.Context(), d)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a text with NUL: %v", err)
	}
	a.accept(a.draft("", 5))
	tasks, err := a.Work.Claim(t.Context(), noon, chat.Lease, 1, 0)
	a.ok(err)
	_, err = a.Work.Finish(t.Context(), tasks[0].Reply, tasks[0].Fence, chat.Outcome{Status: "odd", Content: "a secret"}, noon)
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "messages_status_check") {
		t.Errorf("a status that is none: %v", err)
	}
}
