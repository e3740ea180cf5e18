package redis

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
)

func TestLiveWithoutRedis(t *testing.T) {
	for name, stop := range map[string]func(p *private) (back func()){
		"killed": func(p *private) func() { p.kill(); return p.start },
		"frozen": (*private).freeze,
	} {
		t.Run(name, func(t *testing.T) { liveWithoutRedis(t, stop) })
	}
}

func liveWithoutRedis(t *testing.T, stop func(p *private) (back func())) {
	p := newPrivate(t)
	l := newLive(t, connect(t, p.url()), "test")
	l.ears.silence = 500 * time.Millisecond
	room, reply := newID(t), newID(t)
	if err := l.Append(t.Context(), piece(room, reply, 0, "one ")); err != nil {
		t.Fatal(err)
	}
	all := []follower{follow(t, l, room), follow(t, l, room), follow(t, l, newIDWith(t, l))}
	for _, f := range all {
		f.next(t)
	}
	<-time.After(100 * time.Millisecond) // no follower looks any more: their line alone can tell them
	back := stop(p)
	for i, f := range all {
		if err := wait(t, f.ended, "the end of following"); err == nil {
			t.Errorf("follower %d ended without an error", i)
		}
	}
	began := time.Now()
	for range 100 {
		follower := follow(t, l, room)
		if err := wait(t, follower.ended, "the end of following"); err == nil {
			t.Error("a follower without Redis ended without an error")
		}
		_, err := l.Read(t.Context(), room, reply)
		for _, err := range []error{err, l.Append(t.Context(), piece(room, reply, 1, "two")), l.Announce(t.Context(), room, 1)} {
			if err == nil || errors.Is(err, chat.ErrLost) || errors.Is(err, chat.ErrGap) {
				t.Fatalf("without Redis: %v", err)
			}
		}
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("400 calls without Redis took %v: a writer would wait for each", took)
	}
	back()
	eventually(t, "appending works again", func() bool {
		return l.Append(t.Context(), piece(room, reply, 0, "one ", "two")) == nil
	})
	again := follow(t, l, room)
	if e := again.next(t); e.Text != "one " {
		t.Errorf("told %+v", e)
	}
}

// A Redis that swallows packets is waited for once and not by each follower in turn.
func TestFollowersDoNotQueueForALine(t *testing.T) {
	hang := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	client := hasty(&goredis.Options{Addr: "nowhere", Dialer: hang}, new(journal).log())
	t.Cleanup(func() { client.Close() })
	l := newLive(t, client, "test")
	began := time.Now()
	for range 20 {
		if err := wait(t, follow(t, l, newID(t)).ended, "the end of following"); err == nil {
			t.Error("following nothing ended without an error")
		}
	}
	if took := time.Since(began); took > 10*patience {
		t.Errorf("20 followers waited %v", took)
	}
}

// An idle line is pinged and lives on.
func TestSilenceIsNoOutage(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	l.ears.silence = 20 * time.Millisecond
	room := newIDWith(t, l)
	f := follow(t, l, room)
	f.next(t)
	l.ears.mu.Lock()
	line := l.ears.line
	l.ears.mu.Unlock()
	for range 20 {
		select {
		case err := <-f.ended:
			t.Fatalf("following ended with %v", err)
		case <-line.broken:
			t.Fatalf("the line broke: %v", line.err)
		case <-time.After(2 * l.ears.silence):
		}
	}
	if err := l.Announce(t.Context(), room, 2); err != nil {
		t.Fatal(err)
	}
	if e := f.next(t); e.At.Rev != 2 {
		t.Errorf("told %+v", e)
	}
}
