package flow

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

const idempotencyKey = "Idempotency-Key" // the header

// checkReplay checks that a response is a replay of the first one.
func checkReplay(t testing.TB, r, first client.Response) {
	t.Helper()
	if r.Status != http.StatusAccepted || string(r.Body) != string(first.Body) {
		t.Errorf("replay: status %d, body %s; want 202 and the body of the first response: %s",
			r.Status, r.Body, first.Body)
	}
	if got, want := r.Header.Get("Location"), first.Header.Get("Location"); got != want {
		t.Errorf("Location of a replay = %q, want %q as in the first response", got, want)
	}
}

func TestConcurrentRequestsWithOneKeyMakeOneMessage(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room := d.NewRoom("r")
	responses := concurrently(t, 50, func(int) (client.Response, error) {
		return d.Call("POST", "/chatroom/"+room+"/message", object{"content": "hello"}, idempotencyKey, "k")
	})
	for _, r := range responses {
		checkReplay(t, r, responses[0])
	}
	d.checkMessageCount(1)
	d.Wait(responses[0].Header.Get("Location"))
	if list, r := d.listMessages("/chatroom/" + room + "/messages"); len(list) != 2 {
		t.Errorf("messages of the room = %s, want one message and its reply", r.Body)
	}
	checkReplay(t, d.postMessage(room, "hello", idempotencyKey, "k"), responses[0])
}

func TestAKeyCannotBeUsedForAnotherMessage(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room, other := d.NewRoom("r"), d.NewRoom("other")
	d.Send(room, "hello", idempotencyKey, "k")
	mismatch := d.postMessage(room, "hello ", idempotencyKey, "k")
	checkError(t, mismatch, 422, "idempotency_mismatch")
	checkFields(t, mismatch, map[string]string{
		"detail": "This Idempotency-Key was used for another message. For a different message, use a new key. " +
			"To repeat the first one, send its original body to the same path.",
	})
	checkError(t, d.postMessage(other, "hello", idempotencyKey, "k"), 422, "idempotency_mismatch")
	d.Send(room, "hello", idempotencyKey, "K")
	d.checkMessageCount(2)
}

func TestUsersCanUseTheSameKey(t *testing.T) {
	p, d := startLoggedIn(t, config(t))
	d.Send(d.NewRoom("r"), "hello", idempotencyKey, "k")
	other := p.newDevice().Login(client.Number())
	reply := other.Send(other.NewRoom("other"), "something else", idempotencyKey, "k")
	other.checkAnswer(reply, "You said: something else")
}

func TestInvalidKeysAreRefused(t *testing.T) {
	p, d := startLoggedIn(t, config(t))
	room := d.NewRoom("r")
	for _, key := range []string{"", strings.Repeat("k", 256), "canary\xff"} {
		r := d.postMessage(room, "hello", idempotencyKey, key)
		checkError(t, r, 422, "invalid_request")
		if !namesField(t, r, idempotencyKey) {
			t.Errorf("key of %d bytes: the error does not name the header and a rule: %s", len(key), r.Body)
		}
		if strings.Contains(string(r.Body), "canary") {
			t.Errorf("key of %d bytes: the error repeats the key: %s", len(key), r.Body)
		}
	}
	twice := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/chatroom/"+room+"/message",
		strings.NewReader(`{"content":"hello"}`))
	twice.Header = http.Header{
		"Authorization": {"Bearer " + d.Token},
		"Content-Type":  {"application/json"},
		idempotencyKey:  {"k", "k"},
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, twice)
	if w.Code != 422 || !strings.Contains(w.Body.String(), "must be given once") {
		t.Errorf("two keys: status %d, body %s; want 422 and the rule that the key must be given once", w.Code, w.Body)
	}
	d.checkMessageCount(0)
}

func TestAKeyHasUpTo255Bytes(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room := d.NewRoom("r")
	for _, key := range []string{"k", strings.Repeat("k", 255), "clé"} {
		first := d.Send(room, "hello", idempotencyKey, key)
		if again := d.Send(room, "hello", idempotencyKey, key); again != first {
			t.Errorf("key of %d bytes: reply of the second request %s, want %s again", len(key), again, first)
		}
	}
	d.checkMessageCount(3)
}

func TestAReplayIsNotRefusedByTheQuota(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room := d.NewRoom("r")
	first := d.postMessage(room, "0", idempotencyKey, "k")
	for i := range 4 {
		d.Send(room, fmt.Sprint(i+1))
	}
	checkError(t, d.postMessage(room, "0", idempotencyKey, "new"), 429, "quota_exhausted")
	again := d.postMessage(room, "0", idempotencyKey, "k")
	checkReplay(t, again, first)
	if got := again.Header.Get("RateLimit-Remaining"); got != "0" {
		t.Errorf("RateLimit-Remaining of a replay = %q, want 0", got)
	}
	checkError(t, d.postMessage(room, "other", idempotencyKey, "k"), 422, "idempotency_mismatch")
	d.checkMessageCount(5)
}

// A replay shows the reply as queued, as in the first response, also when the reply is
// running or done.
func TestAReplayIsTheFirstResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "10s"))
		room := d.NewRoom("r")
		first := d.postMessage(room, "hello", idempotencyKey, "k")
		for range 4 {
			time.Sleep(4 * time.Second)
			checkReplay(t, d.postMessage(room, "hello", idempotencyKey, "k"), first)
		}
		d.checkAnswer(first.Header.Get("Location"), "You said: hello")
	})
}

func TestAKeyExpiresAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"))
		room := d.NewRoom("r")
		time.Sleep(time.Second / 2) // so that no sweep deletes the key at the instant when it expires
		first := d.Send(room, "hello", idempotencyKey, "k")
		time.Sleep(24*time.Hour - time.Microsecond)
		if again := d.Send(room, "hello", idempotencyKey, "k"); again != first {
			t.Errorf("reply just before the key expires = %s, want %s again", again, first)
		}
		time.Sleep(time.Microsecond)
		second := d.Send(room, "something else", idempotencyKey, "k")
		if second == first {
			t.Error("the key still belongs to the first message after a day")
		}
		if again := d.Send(room, "something else", idempotencyKey, "k"); again != second {
			t.Errorf("reply of a replay = %s, want %s of the second message", again, second)
		}
		d.checkMessageCount(1)
	})
}

func TestARefusedRequestDoesNotStoreItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000", "BASIC_DAILY_LIMIT", "2"))
		room, deleted := d.NewRoom("r"), d.NewRoom("deleted")
		d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+deleted, nil)
		checkError(t, d.postMessage(deleted, "hello", idempotencyKey, "a"), 404, "not_found")
		checkError(t, d.postMessage(room, " ", idempotencyKey, "a"), 422, "invalid_request")
		d.Send(room, "other", idempotencyKey, "a")
		d.Send(room, "hello")
		checkError(t, d.postMessage(room, "hello", idempotencyKey, "b"), 429, "quota_exhausted")
		time.Sleep(24 * time.Hour)
		d.Send(room, "other", idempotencyKey, "b")
		d.checkMessageCount(1)
	})
}

func TestAKeyIsDeletedWithItsRoom(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room, other := d.NewRoom("r"), d.NewRoom("other")
	d.Send(room, "hello", idempotencyKey, "k")
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
	checkError(t, d.postMessage(room, "hello", idempotencyKey, "k"), 404, "not_found")
	d.Send(other, "hello", idempotencyKey, "k")
	d.checkMessageCount(2)
}
