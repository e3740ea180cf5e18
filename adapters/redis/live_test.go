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
	if ttl := client.PTTL(t.Context(), keys[0]).Val(); ttl <= 0 || ttl > chat.LiveFor {
		t.Errorf("the room expires after %v", ttl)
	}
}
