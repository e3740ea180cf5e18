package redis

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

func newLive(t *testing.T, client *goredis.Client, name string) *Live {
	return NewLive(client, name, newSubscriber(t, client))
}

func newSubscriber(t *testing.T, client *goredis.Client) *Subscriber {
	s := NewSubscriber(client)
	t.Cleanup(s.Close)
	return s
}

func liveOnSharedServer(t *testing.T) *Live {
	t.Helper()
	client, name := sharedServer(t)
	return newLive(t, client, name)
}

func TestLive(t *testing.T) {
	portstest.Live(t, func(t *testing.T) portstest.LiveLog { return liveOnSharedServer(t) })
}

// twoProcesses is a live log that one process writes and another one reads.
type twoProcesses struct {
	ports.Live
	ports.LiveReader
}

func TestLiveBetweenProcesses(t *testing.T) {
	portstest.Live(t, func(t *testing.T) portstest.LiveLog {
		writer := liveOnSharedServer(t)
		client, _ := sharedServer(t)
		return twoProcesses{Live: writer, LiveReader: newLive(t, client, writer.keyPrefix)}
	})
}

// piece returns deltas of a first attempt, from a number on.
func piece(room, replyID id.ID, from int, deltas ...string) chat.Piece {
	return chat.Piece{
		Room:    room,
		Attempt: chat.Attempt{Reply: replyID, Fence: 1},
		From:    from,
		Deltas:  deltas,
	}
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
	if text, err := l.Read(t.Context(), room); err != nil || text.Text() != "one two three" {
		t.Errorf("Read = %q, %v, want the whole text", text.Deltas, err)
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
	if text, err := l.Read(t.Context(), room); err != nil || text.Text() != want {
		t.Errorf("Read returned %d deltas, %v, want the %d that were appended", len(text.Deltas), err, len(deltas))
	}
	sealed, err := l.Seal(t.Context(), room, chat.Attempt{Reply: replyID, Fence: 1})
	if err != nil || sealed.Text() != want {
		t.Errorf("Seal returned %d deltas, %v, want the %d that were appended", len(sealed.Deltas), err, len(deltas))
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
		announce(t, l, room, int64(rev), chat.Attempt{Reply: replyID, Fence: 1})
	}
	keys := l.keys(room)
	if n := l.client.LLen(t.Context(), keys[2]).Val(); n != 8 {
		t.Errorf("%d of 50 ended attempts are remembered, want 8", n)
	}
	if ttl := l.client.PTTL(t.Context(), keys[1]).Val(); ttl <= 0 || ttl > time.Minute {
		t.Errorf("the TTL of a text that has ended is %v, want at most a minute", ttl)
	}
	if ttl := l.client.PTTL(t.Context(), keys[0]).Val(); ttl <= 0 || ttl > chat.LiveLogTTL {
		t.Errorf("the room's TTL is %v, want at most %v", ttl, chat.LiveLogTTL)
	}
}

// An attempt that has ended stands for the older ones at its reply.
func TestOneAttemptOfEachReplyIsRemembered(t *testing.T) {
	l := liveOnSharedServer(t)
	room, first, second := newID(t), newID(t), newID(t)
	announce(t, l, room, 1, chat.Attempt{Reply: first, Fence: 3})
	for fence := range int64(20) {
		announce(t, l, room, 1, chat.Attempt{Reply: second, Fence: fence}, chat.Attempt{Reply: first, Fence: 2})
	}
	remembered := l.client.LRange(t.Context(), l.keys(room)[2], 0, -1).Val()
	if want := []string{"3 " + string(first), "19 " + string(second)}; !slices.Equal(remembered, want) {
		t.Errorf("the attempts %q are remembered, want %q", remembered, want)
	}
}

// The text is removed a minute after its end. Later changes of the room do not prolong that.
func TestEndedTextExpires(t *testing.T) {
	l := liveOnSharedServer(t)
	room, attempt := newID(t), chat.Attempt{Reply: newID(t), Fence: 1}
	mustAppend(t, l, piece(room, attempt.Reply, 0, "text"))
	announce(t, l, room, 1, attempt)
	text := l.keys(room)[1]
	l.client.PExpire(t.Context(), text, 100*time.Millisecond)
	announce(t, l, room, 2, attempt)
	announce(t, l, room, 3)
	wantSealed(t, l, room, attempt, "text")
	rig.Eventually(t, patience, "the text expires", func() bool {
		return l.client.Exists(t.Context(), text).Val() == 0
	})
	got, err := l.Read(t.Context(), room)
	if err != nil || got.Reply != "" || got.Ended {
		t.Errorf("Read returned %+v, %v, want no text", got, err)
	}
	wantSealed(t, l, room, attempt, "")
	if err := l.Append(t.Context(), piece(room, attempt.Reply, 0, "late")); !errors.Is(err, reply.ErrClaimLost) {
		t.Errorf("Append after the end returned %v, want reply.ErrClaimLost", err)
	}
}

// wantSealed expects a text from Seal.
func wantSealed(t *testing.T, l *Live, room id.ID, a chat.Attempt, want string) {
	t.Helper()
	if sealed, err := l.Seal(t.Context(), room, a); err != nil || sealed.Text() != want {
		t.Errorf("Seal returned %+v, %v, want the text %q", sealed, err, want)
	}
}

// Earlier versions of Parley start a text without a change to the field over.
func TestTextOfAnEarlierVersionHasNotEnded(t *testing.T) {
	l := liveOnSharedServer(t)
	room, first, second := newID(t), newID(t), newID(t)
	mustAppend(t, l, piece(room, first, 0, "first"))
	announce(t, l, room, 1, chat.Attempt{Reply: first, Fence: 1})
	keys := l.keys(room)
	l.client.Del(t.Context(), keys[1])
	l.client.HSet(t.Context(), keys[0], "reply", string(second), "fence", 1)
	l.client.RPush(t.Context(), keys[1], "second")
	l.client.PExpire(t.Context(), keys[1], chat.LiveLogTTL)
	if text, err := l.Read(t.Context(), room); err != nil || text.Text() != "second" || text.Ended {
		t.Errorf("Read returned %+v, %v, want the running text", text, err)
	}
	f := follow(t, l, room)
	f.wantRev(t, 1)
	if e := f.next(t); e.Kind != chat.Delta || e.Text != "second" {
		t.Errorf("the follower received %+v, want the running text", e)
	}
	mustAppend(t, l, piece(room, second, 1, "!"))
	if e := f.next(t); e.Text != "!" {
		t.Errorf("the follower received %+v, want the next delta", e)
	}
}
