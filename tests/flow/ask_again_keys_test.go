package flow

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestARepeatedRetryIsTheFirstResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "1s"))
		room := d.NewRoom("r")
		path := d.Send(room, "hello")
		d.Wait(path)
		first := d.retry(path, idempotencyKey, "k")
		for range 3 { // while it runs, when it is done
			checkReplay(t, d.retry(path, idempotencyKey, "k"), first)
			time.Sleep(600 * time.Millisecond)
		}
		d.checkMessageCount(2)
		d.retry(path)
		d.Wait(path)
		checkReplay(t, d.retry(path, idempotencyKey, "k"), first) // a later retry does not change it
		d.Send(room, "later")
		checkReplay(t, d.retry(path, idempotencyKey, "k"), first) // nor that it is not the last reply any more
		d.checkMessageCount(4)
	})
}

func TestARepeatedEditIsTheFirstResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "1s"))
		room := d.NewRoom("r")
		path := d.Send(room, "hello")
		prompt := d.promptOf(path)
		d.Wait(path)
		first := d.edit(prompt, "second", idempotencyKey, "k")
		for range 3 {
			checkReplay(t, d.edit(prompt, "second", idempotencyKey, "k"), first)
			time.Sleep(600 * time.Millisecond)
		}
		d.edit(prompt, "third")
		d.Wait(path)
		checkReplay(t, d.edit(prompt, "second", idempotencyKey, "k"), first)
		d.checkAnswer(path, "You said: third")
		d.checkMessageCount(3)
	})
}

// The response of a send has the text as it was then.
func TestARepeatedSendIsTheFirstResponseAlsoAfterAnEdit(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room := d.NewRoom("r")
	first := d.postMessage(room, "hello", idempotencyKey, "k")
	path := first.Header.Get("Location")
	d.Wait(path)
	d.edit(d.promptOf(path), "other")
	d.Wait(path)
	checkReplay(t, d.postMessage(room, "hello", idempotencyKey, "k"), first)
	d.retry(path)
	checkReplay(t, d.postMessage(room, "hello", idempotencyKey, "k"), first)
	d.checkMessageCount(3)
}

func TestAKeyBelongsToOneKindOfRequest(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room := d.NewRoom("r")
	path := d.Send(room, "hello", idempotencyKey, "sent")
	prompt := d.promptOf(path)
	d.Wait(path)
	d.edit(prompt, "other", idempotencyKey, "edited")
	d.Wait(path)
	d.retry(path, idempotencyKey, "retried")
	d.Wait(path)
	for _, key := range []string{"sent", "edited", "retried"} {
		if key != "edited" {
			reused := d.call("PATCH", prompt, object{"content": "other"}, idempotencyKey, key)
			checkError(t, reused, 422, "idempotency_mismatch")
		}
		if key != "retried" {
			checkError(t, d.call("POST", path+"/retry", nil, idempotencyKey, key), 422, "idempotency_mismatch")
		}
		checkError(t, d.postMessage(room, "other", idempotencyKey, key), 422, "idempotency_mismatch")
	}
	reused := d.call("PATCH", prompt, object{"content": "third"}, idempotencyKey, "edited")
	checkError(t, reused, 422, "idempotency_mismatch")
	for _, r := range d.askAgain(path, prompt, idempotencyKey, "") {
		checkError(t, r, 422, "invalid_request")
	}
	d.checkMessageCount(3)
}

func TestARefusedEditOrRetryDoesNotStoreItsKey(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room := d.NewRoom("r")
	first := d.Send(room, "one")
	d.Wait(d.Send(room, "two"))
	for _, r := range d.askAgain(first, d.promptOf(first), idempotencyKey, "k") {
		if r.Status != 409 {
			t.Errorf("status %d, want 409: %s", r.Status, r.Body)
		}
	}
	d.Send(room, "three", idempotencyKey, "k")
	d.checkMessageCount(3)
}
