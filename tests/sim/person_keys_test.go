package sim

import (
	"net/http"
)

// repeat sends an accepted request again under its key. The response must be the same.
func (u *person) repeat() {
	a, ok := u.someAsked()
	if !ok {
		return
	}
	r, ok := u.send(a)
	switch {
	case !ok:
	case r.Status == http.StatusAccepted && string(r.Body) == a.response:
		u.w.count("repeated keys")
	case a.room.isMissing(r):
	default:
		u.w.violate("%s %s had the response %s, its repetition has %d %s",
			a.method, a.target, a.response, r.Status, r.Body)
	}
}

// misuseKey sends another message under the key of an accepted request.
func (u *person) misuseKey() {
	a, ok := u.someAsked()
	if !ok {
		return
	}
	other := u.newSend(a.room)
	other.key = a.key
	r, ok := u.send(other)
	if ok && !(r.Status == http.StatusUnprocessableEntity && r.Field("code") == "idempotency_mismatch") &&
		!a.room.isMissing(r) {
		u.w.violate("another request under a used key: status %d %s", r.Status, r.Body)
	}
}

// someAsked returns an accepted request that had an idempotency key.
func (u *person) someAsked() (ask, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.asked) == 0 {
		return ask{}, false
	}
	return u.asked[u.rng.IntN(len(u.asked))], true
}
