package redis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

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

func liveOnSharedServer(t *testing.T) *Live {
	t.Helper()
	client, name := sharedServer(t)
	return newLive(t, client, name)
}

func TestLive(t *testing.T) {
	portstest.Live(t, func(t *testing.T) ports.Live { return liveOnSharedServer(t) })
}

// twoProcesses is a live log that one process writes and another one reads.
type twoProcesses struct{ writer, reader *Live }

func (p twoProcesses) Append(ctx context.Context, piece chat.Piece) error {
	return p.writer.Append(ctx, piece)
}

func (p twoProcesses) Delete(ctx context.Context, rooms ...chat.Room) error {
	return p.writer.Delete(ctx, rooms...)
}

func (p twoProcesses) Announce(ctx context.Context, room id.ID, rev int64, ended ...id.ID) error {
	return p.writer.Announce(ctx, room, rev, ended...)
}

func (p twoProcesses) Read(ctx context.Context, room, replyID id.ID) (string, error) {
	return p.reader.Read(ctx, room, replyID)
}

func (p twoProcesses) Follow(ctx context.Context, room id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return p.reader.Follow(ctx, room, from)
}

func TestLiveBetweenProcesses(t *testing.T) {
	portstest.Live(t, func(t *testing.T) ports.Live {
		writer := liveOnSharedServer(t)
		client, _ := sharedServer(t)
		return twoProcesses{writer: writer, reader: newLive(t, client, writer.keyPrefix)}
	})
}

// piece returns deltas of a first attempt, from a number on.
func piece(room, replyID id.ID, from int, deltas ...string) chat.Piece {
	return chat.Piece{Room: room, Reply: replyID, Fence: 1, From: from, Deltas: deltas}
}

func mustAppend(t *testing.T, l *Live, p chat.Piece) {
	t.Helper()
	if err := l.Append(t.Context(), p); err != nil {
		t.Fatalf("appending %q from %d: %v", p.Deltas, p.From, err)
	}
}

// Redis may lose any of a room's keys. The writer then starts again, and followers are reset.
func TestLostKeysAreRewritten(t *testing.T) {
	for _, suffix := range []string{"", ":text", ":ended"} {
		t.Run("the key room"+suffix, func(t *testing.T) { lostKey(t, suffix) })
	}
}

func lostKey(t *testing.T, suffix string) {
	l := liveOnSharedServer(t)
	room, replyID := newID(t), newID(t)
	mustAppend(t, l, piece(room, replyID, 0, "one ", "two "))
	f := follow(t, l, room)
	f.next(t)
	f.next(t)
	l.client.Del(t.Context(), l.keys(room)[0]+suffix)
	if suffix == "" {
		announce(t, l, room, 1)
		if e := follow(t, l, room).next(t); e.Kind != chat.Changed || e.At.Reply != "" {
			t.Errorf("without a running reply a new follower received %+v, want Changed", e)
		}
	}
	rest := piece(room, replyID, 2, "three")
	if suffix != ":ended" {
		if err := l.Append(t.Context(), rest); !errors.Is(err, chat.ErrGap) {
			t.Fatalf("Append after a loss = %v, want chat.ErrGap", err)
		}
		rest = piece(room, replyID, 0, "one ", "two ", "three")
	}
	mustAppend(t, l, rest)
	if text, err := l.Read(t.Context(), room, replyID); err != nil || text != "one two three" {
		t.Errorf("Read = %q, %v, want the whole text", text, err)
	}
	text := "one two "
	for text != "one two three" {
		e := f.next(t)
		if e.Kind == chat.Reset {
			text = ""
		}
		text += e.Text
		if len(text) > len("one two three") {
			t.Fatalf("the follower's text is %q, want it reset before it is written again", text)
		}
	}
}

// Lua cannot unpack this many deltas in one call.
func TestLongText(t *testing.T) {
	l := liveOnSharedServer(t)
	room, replyID := newID(t), newID(t)
	deltas := make([]string, 20_000)
	for i := range deltas {
		deltas[i] = fmt.Sprintf("%d ", i)
	}
	if err := l.Append(t.Context(), piece(room, replyID, 0, deltas...)); err != nil {
		t.Fatalf("appending %d deltas: %v", len(deltas), err)
	}
	want, followed := strings.Join(deltas, ""), ""
	if text, err := l.Read(t.Context(), room, replyID); err != nil || text != want {
		t.Errorf("Read returned %d bytes, %v, want the %d that were appended", len(text), err, len(want))
	}
	for e, err := range l.Follow(t.Context(), room, chat.Cursor{}) {
		if err != nil {
			t.Fatalf("following: %v", err)
		}
		followed += e.Text
		if len(followed) >= len(want) {
			break
		}
	}
	if followed != want {
		t.Error("the followed text differs from the appended text")
	}
}

func TestRememberedAttemptsAreBounded(t *testing.T) {
	l := liveOnSharedServer(t)
	room := newID(t)
	for rev := range 50 {
		replyID := newID(t)
		mustAppend(t, l, piece(room, replyID, 0, "text"))
		if err := l.Announce(t.Context(), room, int64(rev), replyID); err != nil {
			t.Fatalf("announcing that a reply ended: %v", err)
		}
	}
	keys := l.keys(room)
	if n := l.client.LLen(t.Context(), keys[2]).Val(); n != 8 {
		t.Errorf("%d of 50 ended attempts are remembered, want 8", n)
	}
	if n := l.client.Exists(t.Context(), keys[1]).Val(); n != 0 {
		t.Error("the deltas of an ended reply are still stored")
	}
	if ttl := l.client.PTTL(t.Context(), keys[0]).Val(); ttl <= 0 || ttl > chat.LiveLogTTL {
		t.Errorf("the room's TTL is %v, want at most %v", ttl, chat.LiveLogTTL)
	}
}
