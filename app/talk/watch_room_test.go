package talk_test

import (
	"crypto/rand"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
)

// inBubble runs a test with a fake clock.
func inBubble(t *testing.T, test func(t *testing.T, h *harness)) {
	synctest.Test(t, func(t *testing.T) { test(t, newHarness(t, rand.Reader)) })
}

func TestAStreamHasThePromptTheDeltasAndTheFinalReply(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		f := h.watchRoom(t, room, nil)
		h.mustSend(t, room)
		f.want("prompt done hello", "reply queued")
		j := h.claim(t)
		f.want("reply running")
		j.write("a ", "b ")
		j.write("c")
		f.want("delta a ", "delta b ", "delta c")
		j.finish(done("a b c"))
		f.want("reply done a b c")
	})
}

func TestAStreamWithoutACursorStartsWithTheTextSoFar(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		h.mustSend(t, room)
		j := h.claim(t)
		j.write("a ", "b ")
		f := h.watchRoom(t, room, nil)
		f.want("reply running a b")
		j.write("c")
		f.want("delta c")
	})
}

// A client that is disconnected before the first change has a position, too.
func TestAStreamStartsWithItsPosition(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		one, all := h.watchRoom(t, room, nil).first(), h.watchRooms(t, nil).first()
		if one.Kind != talk.Began || all.Kind != talk.Began {
			t.Fatalf("the first updates are %+v and %+v, want the beginning", one, all)
		}
		h.mustSend(t, room)
		h.watchRoom(t, room, &one.Cursor).want("prompt done hello", "reply queued")
		h.watchRooms(t, &all.Feed).want("room r", "prompt done hello", "reply queued")
	})
}

func TestACursorFromBeforeTheReplyGetsItsDeltasFromTheFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		h.mustSend(t, room)
		j := h.claim(t)
		j.write("a ", "b ")
		f := h.watchRoom(t, room, &chat.Cursor{})
		f.want("prompt done hello", "reply running", "delta a ", "delta b ")
	})
}

// A client that reconnects after any update sees the same as one that stayed.
func TestEveryUpdateIsAPositionToContinueFrom(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		stayed := h.watchRoom(t, room, nil)
		h.mustSend(t, room)
		j := h.claim(t)
		synctest.Wait()
		j.write("a ", "b ")
		synctest.Wait()
		j.write("c")
		synctest.Wait()
		updates := slices.Clone(stayed.updates)
		all := stayed.take()
		for i, u := range updates {
			h.watchRoom(t, room, &u.Cursor).want(afterResume(all[i+1:])...)
		}
	})
}

// afterResume returns what a client gets of the updates that it has missed: of a reply only
// its last state.
func afterResume(missed []string) []string {
	if i := slices.Index(missed, "reply running"); i >= 0 {
		missed = slices.DeleteFunc(slices.Clone(missed), func(u string) bool { return u == "reply queued" })
	}
	return missed
}

func TestAnotherAttemptResetsTheText(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		h.mustSend(t, room)
		f := h.watchRoom(t, room, nil)
		h.claim(t).write("lost ")
		f.want("reply running", "delta lost ")
		expireLease()
		again := h.claim(t)
		f.want("reply running lost")
		again.write("a ")
		f.want("reset", "delta a ")
		again.finish(done("a "))
		f.want("reply done a")
	})
}

// A worker writes the last delta and the end within a millisecond.
func TestTheLastDeltasComeBeforeTheFinalReply(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		h.mustSend(t, room)
		f := h.watchRoom(t, room, nil)
		all := h.watchRooms(t, nil)
		j := h.claim(t)
		f.want("reply running")
		all.take()
		j.write("a ")
		f.want("delta a ")
		all.want("delta a ")
		j.write("b ", "c")
		j.finish(done("a b cd"))
		f.want("delta b ", "delta c", "delta d", "reply done a b cd")
		all.want("delta b ", "delta c", "delta d", "reply done a b cd")
	})
}

// The store has the end before the live log forgets the text.
func TestDeltasOfAReplyThatHasEndedAreDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		h.mustSend(t, room)
		j := h.claim(t)
		j.write("a ")
		rev := j.store(done("a "))
		f := h.watchRoom(t, room, &chat.Cursor{Rev: rev})
		f.want()
		j.write("late")
		f.want()
		h.mustSend(t, room)
		f.want("prompt done hello", "reply queued")
		next := h.claim(t)
		next.write("b")
		f.want("reply running", "delta b")
	})
}

func TestWithoutTheLiveLogAStreamReadsTheStore(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		h.breakLive()
		room := h.newRoom(t, "r")
		f := h.watchRoom(t, room, nil)
		h.mustSend(t, room)
		j := h.claim(t)
		time.Sleep(3 * time.Second)
		f.want("prompt done hello", "reply running")
		j.finish(done("a b c"))
		time.Sleep(3 * time.Second)
		f.want("reply done a b c")
	})
}

func TestAStreamNoticesAChangeWhoseAnnouncementIsLost(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		h.mustSend(t, room)
		f := h.watchRoom(t, room, nil)
		j := h.claim(t)
		f.want("reply running")
		j.store(done("a"))
		f.want()
		time.Sleep(time.Minute)
		f.want("reply done a")
	})
}

func TestTheStreamOfADeletedRoomEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		f := h.watchRoom(t, room, nil)
		if err := h.Delete(t.Context(), ada, room); err != nil {
			t.Fatalf("deleting the room: %v", err)
		}
		f.want()
		if !f.ended {
			t.Error("the stream goes on, want its end")
		}
	})
}

func TestTheStreamOfASendHasOnlyItsMessageAndReply(t *testing.T) {
	inBubble(t, func(t *testing.T, h *harness) {
		room := h.newRoom(t, "r")
		h.mustSend(t, room)
		first := h.claim(t)
		sent, err := h.send(t.Context(), room)
		if err != nil {
			t.Fatalf("sending a message: %v", err)
		}
		f := follow(t, h.watchReply(sent))
		first.write("not this")
		h.mustSend(t, room)
		first.finish(done("not this"))
		f.want("prompt done hello", "reply queued")
		j := h.claim(t)
		j.write("a ")
		f.want("reply running", "delta a ")
		j.finish(done("a "))
		f.want("reply done a")
		if !f.ended {
			t.Error("the stream goes on after the final reply, want its end")
		}
	})
}
