package sim

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/kuvaka-tech/parley/tests/client"
)

// ask is a request for an answer of the model: a send, an edit or a retry.
type ask struct {
	room           *room
	method, target string
	body           any
	key            string // the idempotency key, "" for none
	refusal        string // the code of the refusal when the message is not the last, or not final
	response       string // the body of the first response
}

// newText returns a text that nobody else sends.
func (u *person) newText() string {
	u.texts++
	return fmt.Sprintf("user %d says %d with %d words", u.n, u.texts, u.rng.Uint64())
}

// newKey returns a new idempotency key, or "" in one of five times.
func (u *person) newKey() string {
	u.texts++
	if u.rng.IntN(5) == 0 {
		return ""
	}
	return fmt.Sprintf("key %d", u.texts)
}

// newSend returns the request for a message to a room.
func (u *person) newSend(r *room) ask {
	return ask{
		room:   r,
		method: http.MethodPost,
		target: "/chatroom/" + r.id + "/message",
		body:   object{"content": u.newText()},
		key:    u.newKey(),
	}
}

// newRetry returns the request to retry a reply.
func (u *person) newRetry(s said) ask {
	return ask{
		room:    s.room,
		method:  http.MethodPost,
		target:  s.path(s.reply) + "/retry",
		key:     u.newKey(),
		refusal: "not_retryable",
	}
}

// newEdit returns the request to edit a message.
func (u *person) newEdit(s said) ask {
	return ask{
		room:    s.room,
		method:  http.MethodPatch,
		target:  s.path(s.prompt),
		body:    object{"content": u.newText()},
		key:     u.newKey(),
		refusal: "not_editable",
	}
}

func (s said) path(message string) string { return "/chatroom/" + s.room.id + "/messages/" + message }

// send sends a request. With a key it is repeated until there is a response.
func (u *person) send(a ask, headers ...string) (client.Response, bool) {
	if a.key == "" {
		r, ok := u.w.request(u, a.method, a.target, a.body, headers...)
		return r, ok && r.Status < 500
	}
	return u.insist(a.method, a.target, a.body, append(headers, "Idempotency-Key", a.key)...)
}

// perform sends a request and checks its response. ok is true if it was accepted.
func (u *person) perform(a ask) (r client.Response, ok bool) {
	u.w.count("requests for an answer")
	r, ok = u.send(a)
	if !ok {
		return r, false
	}
	if r.Status != http.StatusAccepted {
		u.checkRefusal(a, r)
		return r, false
	}
	a.response = string(r.Body)
	u.mu.Lock()
	defer u.mu.Unlock()
	if a.key != "" {
		u.asked = append(u.asked, a)
	}
	return r, true
}

// checkRefusal checks the response to a request that was not accepted.
func (u *person) checkRefusal(a ask, r client.Response) {
	code := r.Field("code")
	switch {
	case r.Status == http.StatusTooManyRequests && code == "quota_exhausted":
		u.w.count("over the quota")
		if u.isPro {
			u.w.violate("a Pro user got quota_exhausted")
		}
	case a.room.isMissing(r):
	case r.Status == http.StatusConflict && code == cmp.Or(a.refusal, "none"):
		u.w.count("too late")
	default:
		u.w.violate("%s %s: status %d %s", a.method, a.target, r.Status, r.Body)
	}
}
