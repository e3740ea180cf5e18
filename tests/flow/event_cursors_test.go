package flow

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// Five words, one each second.
var fiveWords = wordModel{words: 5, every: time.Second}

// startAnswer starts a program and sends a message to a room. It returns after two and a
// half seconds, when the reply has two of its five words.
func startAnswer(t *testing.T) (d device, room, reply string) {
	t.Helper()
	_, d = startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
	room = d.NewRoom("r")
	reply = d.Send(room, "hello")
	time.Sleep(2500 * time.Millisecond)
	return d, room, reply
}

// openRoom reads the newest messages of a room and then watches what follows, as an app does.
func (d device) openRoom(room string) *client.Watcher {
	d.Helper()
	page, r := d.listMessages(messagesOf(room))
	w := d.watchRoom(room, lastEventID, cursorOf(r.Link("monitor")))
	w.View.Load(page)
	return w
}

func TestAStreamWithoutACursorBeginsNowWithTheTextOfTheRunningReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, room, reply := startAnswer(t)
		for _, w := range []*client.Watcher{d.watchRoom(room), d.Watch(allRooms)} {
			checkEvents(t, w.Until("delta"), "message running word-0\nword-1", "delta")
			w.Until("done")
			d.checkView(w.View, reply)
		}
	})
}

func TestACursorFromBeforeARunningReplyGetsAllItsDeltas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		_, r := d.listMessages(messagesOf(room))
		reply := d.Send(room, "hello")
		time.Sleep(2500 * time.Millisecond)
		w := d.Watch(eventsOf(room) + "?after=" + cursorOf(r.Link("monitor")))
		checkEvents(t, w.Until("done"), "message done hello", "message running", "delta", "done")
		d.checkView(w.View, reply)
		if w.View.Deltas != 5 {
			t.Errorf("the reply has %d deltas, want the 5 from its beginning", w.View.Deltas)
		}
	})
}

func TestReadingAPageAndThenWatchingLeavesNoHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, room, reply := startAnswer(t)
		w := d.openRoom(room)
		checkEvents(t, w.Until("done"), "delta", "done")
		d.checkView(w.View, reply)
		if w.View.Deltas != 3 {
			t.Errorf("%d deltas after the page, want 3 of 5", w.View.Deltas)
		}
	})
}

func TestTheIDOfAnEventIsACursorOfTheMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, room, reply := startAnswer(t)
		w := d.openRoom(room)
		w.Until("delta")
		after := messagesOf(room) + "?after=" + w.LastID()
		if page, r := d.listMessages(after); len(page) != 0 {
			t.Errorf("messages after the last event = %s, want none", r.Body)
		}
		time.Sleep(1500 * time.Millisecond)
		page, r := d.listMessages(after)
		if len(page) != 1 || page[0].Content != "word-0\nword-1\nword-2\nword-3\n" {
			t.Errorf("messages after the last event = %s, want the running reply with its new text", r.Body)
		}
		resumed := d.Watch(eventsOf(room) + "?after=" + cursorOf(r.Link("monitor")))
		resumed.View.Load(page)
		checkEvents(t, resumed.Until("done"), "delta", "done")
		d.checkView(resumed.View, reply)
	})
}

func TestACursorFromBeforeAFinishedReplyGetsItWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t))
		room := d.NewRoom("r")
		_, r := d.listMessages(messagesOf(room))
		reply := d.Send(room, "hello")
		d.Wait(reply)
		w := d.watchRoom(room, lastEventID, cursorOf(r.Link("monitor")))
		checkEvents(t, w.Until("done"), "message done hello", "done")
		d.checkView(w.View, reply)
	})
}
