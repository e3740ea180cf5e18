package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestARoomsEventsShowAReplyFromItsPromptToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := wordModel{words: 3, every: time.Second}
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(m.answer)))
		room := d.NewRoom("r")
		w := d.watchRoom(room)
		first := d.Send(room, "one")
		synctest.Wait()
		second := d.Send(room, "two") // queued until the first reply is done
		w.UntilView(isFinal(first))
		checkEvents(t, w.Until("done"), "message running", "delta", "done")
		d.checkView(w.View, first)
		d.checkView(w.View, second)
	})
}

func TestAQueuedReplyComesAsAMessageAndThenAsRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := wordModel{words: 1, every: time.Second}
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(m.answer)))
		room := d.NewRoom("r")
		d.Send(room, "one")
		synctest.Wait()
		w := d.watchRoom(room)
		d.Send(room, "two")
		checkEvents(t, w.Until("done"),
			"message running", "message done two", "message queued", "delta", "done")
		checkEvents(t, w.Until("done"), "message running", "delta", "done")
	})
}

func TestAStreamOfEventsHasHeadersAgainstBuffersAndCaches(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	for _, path := range []string{eventsOf(room), allRooms} {
		w := d.Watch(path)
		checkHeaders(t, client.Response{Header: w.Header}, path, map[string]string{
			"Content-Type":           "text/event-stream",
			"Cache-Control":          "no-store",
			"X-Accel-Buffering":      "no",
			"X-Content-Type-Options": "nosniff",
		})
		d.Send(room, "hello")
		w.Next()
		if w.Retry() != "1000" || w.LastID() == "" {
			t.Errorf("%s: retry %q, id %q; want 1000 and an id", path, w.Retry(), w.LastID())
		}
	}
}

func TestDeltasAreCombinedAndTheFirstOneIsNotDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := wordModel{words: 200, every: 10 * time.Millisecond}
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(m.answer)))
		room := d.NewRoom("r")
		w := d.watchRoom(room)
		sent := time.Now()
		reply := d.Send(room, "hello")
		w.Until("delta")
		checkElapsed(t, sent, m.every, m.every)
		w.Until("delta")
		checkElapsed(t, sent, m.every+30*time.Millisecond, m.every+50*time.Millisecond)
		w.Until("done")
		if n := w.View.Deltas; n < 20 || n > 100 {
			t.Errorf("200 words in 2 s came in %d deltas, want 20 to 100", n)
		}
		d.checkAnswer(reply, m.text())
		d.checkView(w.View, reply)
	})
}

func TestAStreamHasAPingAfter15SecondsWithoutAnotherEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "60"))
		room := d.NewRoom("r")
		for _, path := range []string{eventsOf(room), allRooms} {
			opened := time.Now()
			w := d.Watch(path)
			for i := range 3 {
				e := w.Next()
				if e != (client.Event{Name: "ping", Data: "{}"}) {
					t.Errorf("%s: event %d = %+v, want a ping without an id", path, i, e)
				}
				due := time.Duration(i+1) * 15 * time.Second
				checkElapsed(t, opened, due, due+time.Duration(i+1)*time.Second)
			}
			w.Close()
		}
	})
}

func TestOtherEventsDelayThePing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "0s"))
		room := d.NewRoom("r")
		w := d.watchRoom(room)
		time.Sleep(10 * time.Second)
		d.Send(room, "hello")
		w.Until("done")
		last := time.Now()
		w.Until("ping")
		checkElapsed(t, last, 15*time.Second, 16*time.Second)
	})
}

func TestHeadOfAStreamReturnsItsHeaders(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	for _, path := range []string{eventsOf(d.NewRoom("r")), allRooms} {
		r := d.Want(http.StatusOK, "HEAD", path, nil)
		if got := r.Header.Get("Content-Type"); got != "text/event-stream" || len(r.Body) > 0 {
			t.Errorf("HEAD %s: Content-Type %q, body %q; want text/event-stream without a body", path, got, r.Body)
		}
	}
}
