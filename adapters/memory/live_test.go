package memory

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

func TestLiveRemovesUnusedRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLive()
		const n = 1000
		for i := range n {
			finishReply(t, l, id.ID(fmt.Sprint(i)), 1)
		}
		if len(l.rooms) != n {
			t.Fatalf("the log has %d rooms, want %d before the TTL", len(l.rooms), n)
		}
		time.Sleep(chat.LiveLogTTL)
		finishReply(t, l, "last", 1)
		if len(l.rooms) != 1 {
			t.Errorf("the log has %d rooms after the TTL, want only the one in use", len(l.rooms))
		}
	})
}

func TestLiveRemovesEndedTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLive()
		finishReply(t, l, "room", 1)
		readAfter := func(d time.Duration) chat.LiveText {
			time.Sleep(d)
			announceEnd(t, l, chat.Attempt{Reply: "r", Fence: 1}) // does not prolong the life of the text
			text, err := l.Read(t.Context(), "room")
			if err != nil {
				t.Fatalf("read the text: %v", err)
			}
			return text
		}
		if text := readAfter(endedTextTTL - 1); text.Text() != "hello" || !text.Ended {
			t.Errorf("the text before the TTL is %+v, want it with its end", text)
		}
		if text := readAfter(1); text.Reply != "" {
			t.Errorf("the text after the TTL is %+v, want none", text)
		}
	})
}

func TestLiveForgetsOwnersWithoutFollowers(t *testing.T) {
	l := NewLive()
	for i := range 10 {
		for range l.FollowOwner(t.Context(), id.ID(fmt.Sprint(i))) {
			break
		}
	}
	if n := len(l.ownerFollowers); n != 0 {
		t.Errorf("the log has %d owners with followers after the last follower has ended, want 0", n)
	}
}

// An attempt that has ended stands for the older ones at its reply.
func TestEndedAttemptsOfARoomAreBounded(t *testing.T) {
	l := NewLive()
	for i := range 50 {
		announceEnd(t, l, chat.Attempt{Reply: id.ID(fmt.Sprint(i)), Fence: 1})
	}
	for fence := range int64(20) {
		announceEnd(t, l, chat.Attempt{Reply: "last", Fence: fence})
	}
	ended := l.rooms["room"].ended
	want := []chat.Attempt{{Reply: "49", Fence: 1}, {Reply: "last", Fence: 19}}
	if len(ended) != maxEnded || !slices.Equal(ended[maxEnded-2:], want) {
		t.Errorf("the room has the ended attempts %v, want %d, the last ones %v", ended, maxEnded, want)
	}
}

func announceEnd(t *testing.T, l *Live, a chat.Attempt) {
	t.Helper()
	if err := l.Announce(t.Context(), chat.Announcement{Room: "room", Rev: 1, Ended: []chat.Attempt{a}}); err != nil {
		t.Fatalf("announce the end of %v: %v", a, err)
	}
}

// A follower stays connected when its room is removed and created again.
func TestFollowContinuesAfterTheRoomWasRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l := NewLive()
		changes := 0
		go func() {
			for e := range l.Follow(ctx, "followed", chat.Cursor{}) {
				if e.Kind == chat.Changed {
					changes++
				}
			}
		}()
		for rev := range int64(3) {
			finishReply(t, l, "followed", rev+1)
			synctest.Wait()
			time.Sleep(3 * chat.LiveLogTTL)
			finishReply(t, l, "another", rev+1) // removes the unused rooms
			synctest.Wait()
		}
		if changes != 3 {
			t.Errorf("the follower received %d changes, want 3", changes)
		}
		if len(l.rooms) > 2 {
			t.Errorf("the log has %d rooms, want at most 2", len(l.rooms))
		}
	})
}

// finishReply writes a reply and announces its end with the revision rev.
func finishReply(t *testing.T, l *Live, room id.ID, rev int64) {
	t.Helper()
	attempt := chat.Attempt{Reply: "r", Fence: rev}
	piece := chat.Piece{Room: room, Attempt: attempt, Deltas: []string{"hello"}}
	if err := l.Append(t.Context(), piece); err != nil {
		t.Errorf("append to room %s: %v", room, err)
	}
	announced := chat.Announcement{Room: room, Rev: rev, Ended: []chat.Attempt{attempt}}
	if err := l.Announce(t.Context(), announced); err != nil {
		t.Errorf("announce revision %d of room %s: %v", rev, room, err)
	}
}
