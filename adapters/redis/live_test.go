package redis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func newLive(t *testing.T, client *goredis.Client, name string) *Live {
	l := NewLive(client, name)
	t.Cleanup(l.Close)
	return l
}

func TestLive(t *testing.T) {
	portstest.Live(t, func(t *testing.T) ports.Live {
		client, name := server(t)
		return newLive(t, client, name)
	})
}

// between is a live log as two processes see it: one writes, the other reads.
type between struct{ writer, reader *Live }

func (b between) Append(ctx context.Context, p chat.Piece) error { return b.writer.Append(ctx, p) }

func (b between) Delete(ctx context.Context, rooms ...chat.Room) error {
	return b.writer.Delete(ctx, rooms...)
}

func (b between) Announce(ctx context.Context, room id.ID, rev int64, ended ...id.ID) error {
	return b.writer.Announce(ctx, room, rev, ended...)
}

func (b between) Read(ctx context.Context, room, reply id.ID) (string, error) {
	return b.reader.Read(ctx, room, reply)
}

func (b between) Follow(ctx context.Context, room id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return b.reader.Follow(ctx, room, from)
}

func TestLiveBetweenProcesses(t *testing.T) {
	portstest.Live(t, func(t *testing.T) ports.Live {
		one, name := server(t)
		two, _ := server(t)
		return between{newLive(t, one, name), newLive(t, two, name)}
	})
}

func piece(room, reply id.ID, from int, deltas ...string) chat.Piece {
	return chat.Piece{Room: room, Reply: reply, Fence: 1, From: from, Deltas: deltas}
}

// follower keeps what it is told until Follow ends.
type follower struct {
	told  chan chat.Event
	ended chan error
}

func follow(t *testing.T, l *Live, room id.ID) follower {
	f := follower{make(chan chat.Event, 1000), make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		var last error
		for e, err := range l.Follow(ctx, room, chat.Cursor{}) {
			if err == nil {
				f.told <- e
			}
			last = err
		}
		f.ended <- last
	}()
	return f
}

func (f follower) next(t *testing.T) chat.Event {
	t.Helper()
	return wait(t, f.told, "an event")
}

func wait[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(20 * time.Second):
		t.Fatalf("waited 20 s for %s", what)
	}
	return v
}

func subscribed(t *testing.T, client *goredis.Client) int {
	t.Helper()
	list, err := client.Do(t.Context(), "client", "list", "type", "pubsub").Text()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(list, "id=")
}

func TestFollowersShareOneConnection(t *testing.T) {
	p := newPrivate(t)
	client := connect(t, p.url())
	l := newLive(t, client, "test")
	var rooms []id.ID
	var all []follower
	for i := range 50 {
		if i%2 == 0 {
			rooms = append(rooms, newID(t))
		}
		all = append(all, follow(t, l, rooms[len(rooms)-1]))
	}
	for i, room := range rooms {
		if err := l.Announce(t.Context(), room, int64(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range all {
		if e := f.next(t); e.Kind != chat.Changed || e.At.Rev != int64(i/2+1) {
			t.Errorf("follower %d was told %+v", i, e)
		}
	}
	if n := subscribed(t, client); n != 1 {
		t.Errorf("%d connections for %d followers", n, len(all))
	}
	if n := len(client.PubSubChannels(t.Context(), "*").Val()); n != len(rooms) {
		t.Errorf("%d channels for %d rooms", n, len(rooms))
	}
}

func TestChannelsAreLeft(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	room := newID(t)
	if err := l.Announce(t.Context(), room, 1); err != nil {
		t.Fatal(err)
	}
	stays := follow(t, l, room)
	stays.next(t)
	for range 20 {
		for range l.Follow(t.Context(), room, chat.Cursor{}) {
			break
		}
		for range l.Follow(t.Context(), newIDWith(t, l), chat.Cursor{}) {
			break
		}
	}
	eventually(t, "only the room still followed has a channel", func() bool {
		return len(client.PubSubChannels(t.Context(), name+"*").Val()) == 1
	})
	if err := l.Announce(t.Context(), room, 2); err != nil {
		t.Fatal(err)
	}
	if e := stays.next(t); e.At.Rev != 2 {
		t.Errorf("told %+v", e)
	}
}

// newIDWith is a room in which something happened.
func newIDWith(t *testing.T, l *Live) id.ID {
	t.Helper()
	room := newID(t)
	if err := l.Announce(t.Context(), room, 1); err != nil {
		t.Fatal(err)
	}
	return room
}

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

// What happened between a follower's first look and its subscription is looked for again.
func TestSubscribingIsNews(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	for range 3 {
		e, err := l.ears.open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		wait(t, e.news, "news of the subscription")
		e.close()
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

// A follower whose time ends as it subscribes must not break the line of all.
func TestHastyFollowersDisturbNobody(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	room := newIDWith(t, l)
	f := follow(t, l, room)
	f.next(t)
	for i := range 300 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*10*time.Microsecond)
		for _, err := range l.Follow(ctx, newID(t), chat.Cursor{}) {
			t.Errorf("told %v", err)
		}
		cancel()
	}
	if err := l.Announce(t.Context(), room, 2); err != nil {
		t.Fatal(err)
	}
	if e := f.next(t); e.At.Rev != 2 {
		t.Errorf("told %+v", e)
	}
}

func TestCloseEndsFollowers(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	f := follow(t, l, newIDWith(t, l))
	f.next(t)
	l.Close()
	if err := wait(t, f.ended, "the end of following"); err == nil {
		t.Error("Close ended a follower without an error")
	}
	for _, err := range l.Follow(t.Context(), newID(t), chat.Cursor{}) {
		if err == nil {
			t.Error("followed after Close")
		}
	}
}

// Redis may forget any key by itself: a writer then begins again, a reader is reset.
func TestLiveForgets(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	for _, part := range []string{"", ":text", ":ended"} {
		room, reply := newID(t), newID(t)
		if err := l.Append(t.Context(), piece(room, reply, 0, "one ", "two ")); err != nil {
			t.Fatal(err)
		}
		f := follow(t, l, room)
		f.next(t)
		f.next(t)
		client.Del(t.Context(), l.keys(room)[0]+part)
		if part == "" {
			if err := l.Announce(t.Context(), room, 1); err != nil {
				t.Fatal(err)
			}
			if e := follow(t, l, room).next(t); e.Kind != chat.Changed || e.At.Reply != "" {
				t.Errorf("of a text that is nobody's was told %+v", e)
			}
		}
		err := l.Append(t.Context(), piece(room, reply, 2, "three"))
		if part != ":ended" {
			if !errors.Is(err, chat.ErrGap) {
				t.Fatalf("without %q: %v", part, err)
			}
			err = l.Append(t.Context(), piece(room, reply, 0, "one ", "two ", "three"))
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, err := l.Read(t.Context(), room, reply); err != nil || text != "one two three" {
			t.Errorf("without %q the text is %q, %v", part, text, err)
		}
		text := "one two "
		for text != "one two three" {
			if e := f.next(t); e.Kind == chat.Reset {
				text = ""
			} else if text += e.Text; len(text) > 13 {
				t.Fatalf("without %q read %q", part, text)
			}
		}
	}
}

// A text of more deltas than Lua can unpack at once.
func TestLongText(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	room, reply := newID(t), newID(t)
	deltas := make([]string, 20_000)
	for i := range deltas {
		deltas[i] = fmt.Sprintf("%d ", i)
	}
	if err := l.Append(t.Context(), piece(room, reply, 0, deltas...)); err != nil {
		t.Fatal(err)
	}
	whole, read := strings.Join(deltas, ""), ""
	if text, err := l.Read(t.Context(), room, reply); err != nil || text != whole {
		t.Errorf("read %d bytes of %d, %v", len(text), len(whole), err)
	}
	for e, err := range l.Follow(t.Context(), room, chat.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		if read += e.Text; len(read) >= len(whole) {
			break
		}
	}
	if read != whole {
		t.Error("followed another text")
	}
}

// What is kept of attempts that ended does not grow.
func TestEndedIsBounded(t *testing.T) {
	client, name := server(t)
	l := newLive(t, client, name)
	room := newID(t)
	for rev := range 50 {
		reply := newID(t)
		if err := l.Append(t.Context(), piece(room, reply, 0, "text")); err != nil {
			t.Fatal(err)
		}
		if err := l.Announce(t.Context(), room, int64(rev), reply); err != nil {
			t.Fatal(err)
		}
	}
	keys := l.keys(room)
	if n := client.LLen(t.Context(), keys[2]).Val(); n != 8 {
		t.Errorf("%d attempts are remembered", n)
	}
	if n := client.Exists(t.Context(), keys[1]).Val(); n != 0 {
		t.Error("a text that ended is kept")
	}
	if ttl := client.PTTL(t.Context(), keys[0]).Val(); ttl <= 0 || ttl > keep {
		t.Errorf("the room expires after %v", ttl)
	}
}
