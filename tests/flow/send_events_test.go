package flow

import (
	"context"
	"net/http"
	"path"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	accept      = "Accept" // the header
	eventStream = "text/event-stream"
)

// sendStreamed sends a message whose response is its events.
func (d device) sendStreamed(room, text string, headers ...string) (w *client.Watcher, replyPath string) {
	d.Helper()
	w = d.SendAndWatch(room, text, headers...)
	return w, w.Header.Get("Location")
}

func TestASendWithItsEventsShowsOnlyItsMessageAndReply(t *testing.T) {
	d := start(t, config(t, "ECHO_LATENCY", "200ms")).tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	d.Send(room, "before")
	w, reply := d.sendStreamed(room, "hello there")
	checkHeaders(t, client.Response{Header: w.Header}, "streamed send", map[string]string{
		"RateLimit-Limit":     "5",
		"RateLimit-Remaining": "3",
		"Cache-Control":       "no-store",
		"X-Accel-Buffering":   "no",
	})
	if w.Header.Get("RateLimit-Reset") == "" || path.Dir(reply) != messagesOf(room) {
		t.Errorf("RateLimit-Reset %q, Location %q; want both", w.Header.Get("RateLimit-Reset"), reply)
	}
	d.Send(room, "after")
	events := w.Rest()
	if last := events[len(events)-1]; last.Name != "done" || messageOf(t, last).ID != messageID(reply) {
		t.Errorf("the last event = %+v, want the end of the reply %s", last, reply)
	}
	d.checkView(w.View, reply)
	if len(w.View.Messages) != 2 {
		t.Errorf("the stream has the messages %v, want the sent one and its reply", w.View.Messages)
	}
	d.checkMessageCount(3)
}

func TestADisconnectedSendIsAnsweredAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		w, reply := d.sendStreamed(room, "hello")
		w.Until("delta")
		w.Close()
		synctest.Wait()
		d.checkAnswer(reply, fiveWords.text())
		p.checkNoErrorLogs()
	})
}

// The ids of the events of a send are cursors of its room.
func TestADisconnectedSendContinuesInTheEventsOfItsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		w, reply := d.sendStreamed(room, "hello")
		w.Until("delta")
		w.Path = eventsOf(room)
		w = w.Resume(d.Device)
		checkEvents(t, w.Until("done"), "delta", "done")
		d.checkView(w.View, reply)
		if w.View.Deltas != fiveWords.words {
			t.Errorf("%d deltas in both streams, want %d", w.View.Deltas, fiveWords.words)
		}
	})
}

func TestARepeatedSendHasTheEventsOfTheFirstOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		reply := d.Send(room, "hello", idempotencyKey, "k")
		time.Sleep(2500 * time.Millisecond)
		for range 2 { // while the reply is running, and when it is done
			w, again := d.sendStreamed(room, "hello", idempotencyKey, "k")
			if again != reply {
				t.Errorf("Location = %s, want %s of the first request", again, reply)
			}
			events := w.Rest()
			if events[len(events)-1].Name != "done" {
				t.Errorf("events = %q, want them to end with the end of the reply", summaryOf(t, events))
			}
			d.checkView(w.View, reply)
		}
		d.checkMessageCount(1)
	})
}

func TestARefusedSendIsAProblemAlsoForAClientOfEvents(t *testing.T) {
	p := start(t, config(t, "BASIC_DAILY_LIMIT", "1"))
	d := p.tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	refused := func(d device, room string, body any, headers ...string) client.Response {
		t.Helper()
		headers = append([]string{accept, eventStream}, headers...)
		s, err := d.Open(context.Background(), "POST", "/chatroom/"+room+"/message", body, headers...)
		if err != nil {
			t.Fatalf("send a message: %v", err)
		}
		r, err := s.Response()
		if err != nil {
			t.Fatalf("read the response: %v", err)
		}
		return r
	}
	hello := object{"content": "hello"}
	checkError(t, refused(p.tcpDevice(), room, hello), 401, "not_authenticated")
	checkError(t, refused(d, "x", hello), 404, "not_found")
	checkError(t, refused(d, room, object{"content": " "}), 422, "invalid_request")
	checkError(t, refused(d, room, []byte("{")), 400, "malformed_body")
	checkError(t, refused(d, room, hello, idempotencyKey, ""), 422, "invalid_request")
	w, _ := d.sendStreamed(room, "hello", idempotencyKey, "k")
	w.Rest()
	checkError(t, refused(d, room, object{"content": "other"}, idempotencyKey, "k"), 422, "idempotency_mismatch")
	exhausted := refused(d, room, hello)
	checkError(t, exhausted, 429, "quota_exhausted")
	checkHeaders(t, exhausted, "refused send", map[string]string{"RateLimit-Limit": "1", "RateLimit-Remaining": "0"})
	if exhausted.Header.Get("Retry-After") == "" {
		t.Error("the refused send has no Retry-After")
	}
	d.Want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", hello, idempotencyKey, "k")
}

func TestASendEndsItsEventsWithTheFailureOfTheReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(blockedModel)))
		w, reply := d.sendStreamed(d.NewRoom("r"), "hello")
		events := w.Rest()
		if last := events[len(events)-1].Name; last != "failed" {
			t.Errorf("the last event is %q, want failed", last)
		}
		d.checkView(w.View, reply)
	})
}
