package flow

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

const keyHeader = "Idempotency-Key"

// together makes n calls at once and returns their answers.
func together(t *testing.T, n int, call func(i int) (client.Answer, error)) []client.Answer {
	t.Helper()
	answers, errs := make([]client.Answer, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { answers[i], errs[i] = call(i) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return answers
}

// send posts a message and returns the answer, whatever it is.
func (d device) send(room, text string, headers ...string) client.Answer {
	d.t.Helper()
	a, err := d.Call("POST", "/chatroom/"+room+"/message", object{"content": text}, headers...)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// refused checks that an answer is this refusal.
func refused(t *testing.T, a client.Answer, status int, code string) {
	t.Helper()
	if a.Status != status || a.Get("code") != code || a.Get("status") != fmt.Sprint(status) || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s, want %d %s", a.Status, a.Body, status, code)
	}
}

// used checks how many messages of the day are counted.
func (d device) used(want int) {
	d.t.Helper()
	if me := d.want(http.StatusOK, "GET", "/user/me", nil); me.Get("daily_message_count") != fmt.Sprint(want) {
		d.t.Errorf("counted %s messages, want %d", me.Get("daily_message_count"), want)
	}
}

func TestAKeyFiftyTimesAtOnceIsOneMessage(t *testing.T) {
	_, d := indoors(t, config(t))
	room := d.room("r")
	answers := together(t, 50, func(int) (client.Answer, error) {
		return d.Call("POST", "/chatroom/"+room+"/message", object{"content": "hello"}, keyHeader, "k")
	})
	for _, a := range answers {
		if a.Status != http.StatusAccepted || string(a.Body) != string(answers[0].Body) || a.Header.Get("Location") != answers[0].Header.Get("Location") {
			t.Fatalf("%d %s at %s, another was %s", a.Status, a.Body, a.Header.Get("Location"), answers[0].Body)
		}
	}
	d.used(1)
	d.answer(answers[0].Header.Get("Location"))
	if list, a := d.messages("/chatroom/" + room + "/messages"); len(list) != 2 {
		t.Errorf("messages: %s", a.Body)
	}
	if late := d.send(room, "hello", keyHeader, "k"); string(late.Body) != string(answers[0].Body) {
		t.Errorf("repeated after the answer: %s, first %s", late.Body, answers[0].Body)
	}
}

func TestAKeyOfAnotherMessage(t *testing.T) {
	p, d := indoors(t, config(t))
	room, other := d.room("r"), d.room("other")
	d.ask(room, "hello", keyHeader, "k")
	refused(t, d.send(room, "hello ", keyHeader, "k"), 422, "idempotency_mismatch")
	refused(t, d.send(other, "hello", keyHeader, "k"), 422, "idempotency_mismatch")
	d.ask(room, "hello", keyHeader, "K")
	d.used(2)
	somebody := p.inside().login(number())
	theirs := somebody.ask(somebody.room("theirs"), "something else", keyHeader, "k")
	if !strings.HasPrefix(somebody.answer(theirs).Get("content"), "You said: something else") {
		t.Error("the key of one user met that of another")
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	p, d := indoors(t, config(t))
	room := d.room("r")
	for _, key := range []string{"", strings.Repeat("k", 256), "canary\xff"} {
		a := d.send(room, "hello", keyHeader, key)
		refused(t, a, 422, "invalid_request")
		if !strings.Contains(string(a.Body), `"field":"Idempotency-Key"`) || strings.Contains(string(a.Body), "canary") {
			t.Errorf("key of %d bytes: %s", len(key), a.Body)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/chatroom/"+room+"/message", strings.NewReader(`{"content":"hello"}`))
	r.Header = http.Header{"Authorization": {"Bearer " + d.Token}, "Content-Type": {"application/json"}, keyHeader: {"k", "k"}}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if w.Code != 422 || !strings.Contains(w.Body.String(), "must be given once") {
		t.Errorf("two keys: %d %s", w.Code, w.Body)
	}
	d.used(0)
	for _, key := range []string{"k", strings.Repeat("k", 255), "clé"} {
		first := d.ask(room, "hello", keyHeader, key)
		if again := d.ask(room, "hello", keyHeader, key); again != first {
			t.Errorf("key of %d bytes did not hold", len(key))
		}
	}
	d.used(3)
}

func TestAReplayWinsOverAnExhaustedQuota(t *testing.T) {
	_, d := indoors(t, config(t))
	room := d.room("r")
	first := d.send(room, "0", keyHeader, "k")
	for i := range 4 {
		d.ask(room, fmt.Sprint(i+1))
	}
	refused(t, d.send(room, "0", keyHeader, "fresh"), 429, "quota_exhausted")
	again := d.send(room, "0", keyHeader, "k")
	if again.Status != http.StatusAccepted || string(again.Body) != string(first.Body) || again.Header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("replayed: %d %s %v", again.Status, again.Body, again.Header)
	}
	refused(t, d.send(room, "other", keyHeader, "k"), 422, "idempotency_mismatch")
	d.used(5)
}

// A replay shows the message as it was accepted, also while and after it is answered, and after renaming.
func TestAReplayIsAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ECHO_LATENCY", "10s"))
		room := d.room("r")
		first := d.send(room, "hello", keyHeader, "k")
		for range 4 {
			time.Sleep(4 * time.Second)
			if again := d.send(room, "hello", keyHeader, "k"); string(again.Body) != string(first.Body) {
				t.Errorf("replayed: %s, first %s", again.Body, first.Body)
			}
		}
		if answer := d.answer(first.Header.Get("Location")); answer.Get("status") != "done" {
			t.Errorf("answer: %s", answer.Body)
		}
	})
}

func TestAKeyIsFreeAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"))
		room := d.room("r")
		time.Sleep(time.Second / 2) // so that no sweep clears the key away at the same instant
		first := d.ask(room, "hello", keyHeader, "k")
		time.Sleep(24*time.Hour - time.Microsecond)
		if again := d.ask(room, "hello", keyHeader, "k"); again != first {
			t.Error("the key was forgotten within the day")
		}
		time.Sleep(time.Microsecond)
		second := d.ask(room, "something else", keyHeader, "k")
		if again := d.ask(room, "something else", keyHeader, "k"); again != second || second == first {
			t.Error("the key was not free after the day, or is not the new message's")
		}
		d.used(1)
	})
}

func TestARefusedRequestLeavesNoTraceOfItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000", "BASIC_DAILY_LIMIT", "2"))
		room, gone := d.room("r"), d.room("gone")
		d.want(http.StatusNoContent, "DELETE", "/chatroom/"+gone, nil)
		refused(t, d.send(gone, "hello", keyHeader, "a"), 404, "not_found")
		refused(t, d.send(room, " ", keyHeader, "a"), 422, "invalid_request")
		d.ask(room, "other", keyHeader, "a")
		d.ask(room, "hello")
		refused(t, d.send(room, "hello", keyHeader, "b"), 429, "quota_exhausted")
		time.Sleep(24 * time.Hour)
		d.ask(room, "other", keyHeader, "b")
		d.used(1)
	})
}

func TestAKeyGoesWithItsRoom(t *testing.T) {
	_, d := indoors(t, config(t))
	room, other := d.room("r"), d.room("other")
	d.ask(room, "hello", keyHeader, "k")
	d.want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
	refused(t, d.send(room, "hello", keyHeader, "k"), 404, "not_found")
	d.ask(other, "hello", keyHeader, "k")
	d.used(2)
}
