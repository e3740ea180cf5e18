package sessioncache_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/sessioncache"
	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

const ttl = 24 * time.Hour

func open(t *testing.T, stored ports.Sessions) *sessioncache.Cache {
	t.Helper()
	c := sessioncache.New(sessioncache.Config{
		Sessions: stored,
		TTL:      ttl,
		Clock:    system.Clock{},
		Log:      slog.New(slog.DiscardHandler),
	})
	t.Cleanup(c.Close)
	return c
}

func TestCacheIsASessionsPort(t *testing.T) {
	stores := func(t *testing.T) portstest.Stores {
		s := memory.New()
		c := open(t, memory.Sessions{Store: s})
		return portstest.Stores{
			Users:     memory.Users{Store: s},
			Devices:   memory.Devices{Store: s},
			Retention: memory.Retention{Store: s},
			Eraser:    sessioncache.NewEraser(memory.Eraser{Store: s}, c),
			Sessions:  c,
		}
	}
	t.Run("Sessions", func(t *testing.T) { portstest.Sessions(t, stores) })
	t.Run("Devices", func(t *testing.T) { portstest.Devices(t, stores) })
}

// counted is a ports.Sessions that counts its calls and can fail.
type counted struct {
	ports.Sessions
	finds, questions, uses atomic.Int64
	fail                   atomic.Bool
	afterFind              func()
}

var errAway = errors.New("the store is away")

func (c *counted) Find(ctx context.Context, ids []id.ID, now time.Time) ([]session.Session, error) {
	c.finds.Add(1)
	found, err := c.Sessions.Find(ctx, ids, now)
	if c.afterFind != nil {
		c.afterFind()
	}
	return found, err
}

func (c *counted) Ended(ctx context.Context) ([]id.ID, error) {
	c.questions.Add(1)
	if c.fail.Load() {
		return nil, errAway
	}
	return c.Sessions.Ended(ctx)
}

func (c *counted) Used(ctx context.Context, ids []id.ID, now, expires time.Time) error {
	c.uses.Add(1)
	return c.Sessions.Used(ctx, ids, now, expires)
}

// fixture is two processes on one store.
type fixture struct {
	*testing.T
	stored      *counted // of the first process
	here, there *sessioncache.Cache
	userID      id.ID
	eraseThere  func()
}

// inBubble runs a test with simulated time.
func inBubble(t *testing.T, test func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := memory.New()
		stored := &counted{Sessions: memory.Sessions{Store: s}}
		f := &fixture{T: t, stored: stored, here: open(t, stored), there: open(t, memory.Sessions{Store: s})}
		n, err := phone.Parse("+15550001000")
		f.noError(err)
		f.userID = f.newID()
		_, err = memory.Users{Store: s}.AddProven(t.Context(), user.User{ID: f.userID, Number: n, Created: time.Now()})
		f.noError(err)
		eraser := sessioncache.NewEraser(memory.Eraser{Store: s}, f.there)
		f.eraseThere = func() { f.noError(eraser.Erase(t.Context(), f.userID, ports.KeepCounts{})) }
		test(f)
	})
}

func (f *fixture) noError(err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("unexpected error: %v", err)
	}
}

func (f *fixture) newID() id.ID {
	f.Helper()
	newID, err := id.New(time.Now(), rand.Reader)
	f.noError(err)
	return newID
}

// openSession opens a session that the first process has in its cache.
func (f *fixture) openSession() id.ID {
	f.Helper()
	now := time.Now()
	s := session.Session{ID: f.newID(), User: f.userID, Opened: now, LastUsed: now, Expires: now.Add(ttl)}
	f.noError(f.here.Open(f.Context(), s, session.DeviceID(s.ID)))
	f.wantAlive(s.ID, nil)
	return s.ID
}

func (f *fixture) wantAlive(sessionID id.ID, want error) {
	f.Helper()
	if err := f.here.Alive(f.Context(), sessionID, time.Now()); !errors.Is(err, want) {
		f.Errorf("Alive: %v, want %v", err, want)
	}
}

func TestAnotherProcessEndsSessions(t *testing.T) {
	inBubble(t, func(f *fixture) {
		ended, kept, all := f.openSession(), f.openSession(), f.openSession()
		f.noError(f.there.End(f.Context(), f.userID, ended))
		time.Sleep(600 * time.Millisecond)
		f.wantAlive(ended, session.ErrBadToken)
		f.wantAlive(kept, nil)
		f.noError(f.there.EndAll(f.Context(), f.userID, kept))
		time.Sleep(600 * time.Millisecond)
		f.wantAlive(all, session.ErrBadToken)
		f.wantAlive(kept, nil)
		f.eraseThere()
		time.Sleep(600 * time.Millisecond)
		f.wantAlive(kept, session.ErrBadToken)
	})
}

// With frequent requests, the cache asks in the background and no request waits.
func TestAnEndIsNoticedWhileThereAreRequests(t *testing.T) {
	inBubble(t, func(f *fixture) {
		ended := f.openSession()
		f.noError(f.there.End(f.Context(), f.userID, ended))
		for range 60 {
			time.Sleep(10 * time.Millisecond)
			if f.here.Alive(f.Context(), ended, time.Now()) != nil {
				return
			}
		}
		f.Error("the session is alive 600 ms after another process has ended it")
	})
}

func TestManyChecksNeedFewQueries(t *testing.T) {
	inBubble(t, func(f *fixture) {
		var all []id.ID
		for range 100 {
			all = append(all, f.openSession())
		}
		f.stored.finds.Store(0)
		f.stored.questions.Store(0)
		for range 100 {
			for _, sessionID := range all {
				f.wantAlive(sessionID, nil)
			}
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		if finds, questions := f.stored.finds.Load(), f.stored.questions.Load(); finds > 0 || questions > 4 {
			f.Errorf("10,000 checks in a second read %d sessions and asked %d times, want 0 and at most 4",
				finds, questions)
		}
		time.Sleep(time.Hour)
		if questions := f.stored.questions.Load(); questions > 4 {
			f.Errorf("the cache asked %d times without requests, want none", questions)
		}
	})
}

// While the store is unavailable, it is not known whether a session has ended.
func TestTheStoreIsUnavailable(t *testing.T) {
	inBubble(t, func(f *fixture) {
		s := f.openSession()
		f.stored.fail.Store(true)
		f.wantAlive(s, nil)
		time.Sleep(600 * time.Millisecond)
		f.wantAlive(s, errAway)
		f.stored.fail.Store(false)
		f.wantAlive(s, nil)
	})
}

// A session that ends while it is read is not cached.
func TestASessionEndsWhileItIsRead(t *testing.T) {
	inBubble(t, func(f *fixture) {
		s := f.openSession()
		time.Sleep(time.Hour)
		f.stored.afterFind = func() { f.noError(f.here.End(f.Context(), f.userID, s)) }
		f.wantAlive(s, nil)
		f.stored.afterFind = nil
		f.wantAlive(s, session.ErrBadToken)
	})
}

// The time of the last use is precise to a minute, and needs few statements.
func TestUsesAreRecorded(t *testing.T) {
	inBubble(t, func(f *fixture) {
		s := f.openSession()
		for range 600 {
			time.Sleep(time.Second)
			f.wantAlive(s, nil)
			all, err := f.stored.List(f.Context(), f.userID, time.Now())
			f.noError(err)
			if age := time.Since(all[0].LastUsed); age > time.Minute {
				f.Fatalf("the last use is %s old, want at most a minute", age)
			}
		}
		if n := f.stored.uses.Load(); n > 14 {
			f.Errorf("the uses of 10 minutes took %d statements, want at most 14", n)
		}
	})
}

func TestTheLastUsesAreRecordedAtTheEnd(t *testing.T) {
	inBubble(t, func(f *fixture) {
		s := f.openSession()
		time.Sleep(time.Minute)
		f.wantAlive(s, nil)
		f.here.Close()
		all, err := f.stored.List(f.Context(), f.userID, time.Now())
		f.noError(err)
		if !all[0].LastUsed.Equal(time.Now()) || !all[0].Expires.Equal(time.Now().Add(ttl)) {
			f.Errorf("the session is %+v, want the use and the new end recorded", all[0])
		}
	})
}
