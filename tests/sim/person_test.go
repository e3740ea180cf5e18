package sim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// person is a user who repeats requests that fail.
type person struct {
	w     *world
	n     uint64
	rng   *rand.Rand
	token string
	rooms []*room
	said  []said
	texts int
	isPro bool // the API has reported Pro
}

type room struct {
	id   string
	gone bool // a deletion was requested, so the room may be deleted
}

// said is a message that was accepted under an idempotency key.
type said struct {
	room *room
	key  string
	text string
	body string
}

type object map[string]any

func newPerson(w *world, n uint64) *person {
	return &person{w: w, n: n, rng: rand.New(rand.NewPCG(w.seed, 100+n))}
}

const maxTries = 8

// insist repeats a request until the response arrives and is not a 5xx.
func (u *person) insist(method, target string, body any, headers ...string) (client.Response, bool) {
	for range maxTries {
		a, ok := u.w.request(u, method, target, body, headers...)
		if ok && a.Status < 500 {
			return a, true
		}
		time.Sleep(time.Duration(1+u.rng.IntN(4)) * time.Second)
	}
	return client.Response{}, false
}

// live performs random actions for a day.
func (u *person) live() {
	u.logIn()
	u.openRoom()
	for range 12 + u.rng.IntN(12) {
		u.pause()
		switch n := u.rng.IntN(100); {
		case n < 49:
			u.say(u.someRoom())
		case n < 55:
			u.burst()
		case n < 67:
			u.repeat()
		case n < 73:
			u.openRoom()
		case n < 78:
			u.deleteRoom()
		case n < 82:
			u.upgrade()
		case n < 91:
			u.wait()
		default:
			u.browse()
		}
	}
}

// pause waits a few minutes, or sometimes until exactly midnight.
func (u *person) pause() {
	if u.rng.IntN(10) == 0 {
		now := time.Now().UTC()
		midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
		if left := midnight.Sub(now); left < time.Hour {
			time.Sleep(left + time.Duration(u.rng.IntN(3)-1)*time.Microsecond)
			return
		}
	}
	time.Sleep(time.Duration(u.rng.Int64N(int64(4 * time.Minute))))
}

// logIn repeats the login until it has a token. A code may be lost, or be used up by a login
// whose response was lost.
func (u *person) logIn() {
	number := object{"mobile_number": fmt.Sprintf("+1%07d000", 2_000_000+u.n)}
	for u.token == "" {
		if sent, ok := u.insist(http.MethodPost, "/auth/send-otp", number); ok && sent.Status == http.StatusOK {
			number["otp"] = sent.Field("otp")
			a, _ := u.insist(http.MethodPost, "/auth/verify-otp", number)
			u.token = a.Field("access_token")
			delete(number, "otp")
		}
		time.Sleep(time.Minute)
	}
}

func (u *person) openRoom() {
	if a, ok := u.insist(http.MethodPost, "/chatroom", object{"name": "a room"}); ok {
		u.expect(a, "create a room", http.StatusCreated)
		u.rooms = append(u.rooms, &room{id: a.Field("id")})
	}
}

// expect checks a response that can only have one status.
func (u *person) expect(a client.Response, doing string, status int) {
	if a.Status != status {
		u.w.violate("%s: status %d %s", doing, a.Status, a.Body)
	}
}

func (u *person) someRoom() *room {
	if len(u.rooms) == 0 {
		return nil
	}
	return u.rooms[u.rng.IntN(len(u.rooms))]
}

// say sends a unique text. Most texts have an idempotency key and are repeated until accepted.
func (u *person) say(r *room) {
	if r == nil {
		return
	}
	u.texts++
	s := said{
		room: r,
		text: fmt.Sprintf("user %d says %d with %d words", u.n, u.texts, u.rng.Uint64()),
		key:  strconv.Itoa(u.texts),
	}
	wasPro := u.isPro
	var a client.Response
	var ok bool
	if u.rng.IntN(5) == 0 {
		s.key = ""
		a, ok = u.w.request(u, http.MethodPost, "/chatroom/"+r.id+"/message", object{"content": s.text})
	} else {
		a, ok = u.send(s)
	}
	u.count(func(t *tally) { t.sent++ })
	switch {
	case !ok || a.Status >= 500:
	case a.Status == http.StatusAccepted:
		s.body = string(a.Body)
		if s.key != "" {
			u.said = append(u.said, s)
		}
	case a.Status == http.StatusTooManyRequests && a.Field("code") == "quota_exhausted":
		u.count(func(t *tally) { t.refused++ })
		if wasPro {
			u.w.violate("a Pro user got quota_exhausted")
		}
	case a.Status == http.StatusNotFound && r.gone:
	default:
		u.w.violate("send: status %d %s", a.Status, a.Body)
	}
}

// send sends a message under its key.
func (u *person) send(s said) (client.Response, bool) {
	target := "/chatroom/" + s.room.id + "/message"
	return u.insist(http.MethodPost, target, object{"content": s.text}, "Idempotency-Key", s.key)
}

// repeat sends an accepted message again under its key. The response must be the same.
func (u *person) repeat() {
	if len(u.said) == 0 {
		return
	}
	s := u.said[u.rng.IntN(len(u.said))]
	a, ok := u.send(s)
	switch {
	case !ok:
	case a.Status == http.StatusAccepted && string(a.Body) == s.body:
		u.count(func(t *tally) { t.repeated++ })
	case a.Status == http.StatusNotFound && s.room.gone:
	default:
		u.w.violate("repeat of %s: status %d %s", s.body, a.Status, a.Body)
	}
}

// deleteRoom deletes a room, even if it has running replies.
func (u *person) deleteRoom() {
	r := u.someRoom()
	if r == nil || len(u.rooms) < 2 {
		return
	}
	gone := r.gone
	r.gone = true
	a, ok := u.insist(http.MethodDelete, "/chatroom/"+r.id, nil)
	if ok && a.Status != http.StatusNoContent && !(a.Status == http.StatusNotFound) {
		u.w.violate("delete: status %d %s", a.Status, a.Body)
	}
	if !gone {
		u.count(func(t *tally) { t.deleted++ })
	}
}

// upgrade pays for Pro. The API must report Pro within 5 minutes, even if webhooks are lost.
func (u *person) upgrade() {
	if u.isPro {
		return
	}
	a, ok := u.insist(http.MethodPost, "/subscribe/pro", nil)
	if !ok || a.Status != http.StatusCreated {
		return
	}
	if _, err := u.w.payments.Pay(path.Base(a.Field("url"))); err != nil {
		u.w.violate("pay: %v", err)
		return
	}
	for range 10 {
		time.Sleep(30 * time.Second)
		if a, ok := u.insist(http.MethodGet, "/subscribe/status", nil); ok && a.Field("tier") == "Pro" {
			u.isPro = true
			u.count(func(t *tally) { t.upgraded++ })
			return
		}
	}
	u.w.violate("no Pro 5 minutes after the payment")
}

// burst sends a message in each of several new rooms without a pause.
func (u *person) burst() {
	for range 4 {
		u.openRoom()
		if len(u.rooms) > 0 {
			u.say(u.rooms[len(u.rooms)-1])
		}
	}
}

// wait long-polls for the reply to the last message.
func (u *person) wait() {
	if len(u.said) == 0 {
		return
	}
	s := u.said[len(u.said)-1]
	reply := client.Response{Body: []byte(s.body)}.Field("reply.id")
	a, ok := u.insist(http.MethodGet, "/chatroom/"+s.room.id+"/messages/"+reply+"?wait=30", nil)
	if ok && a.Status != http.StatusOK && !(a.Status == http.StatusNotFound && s.room.gone) {
		u.w.violate("wait: status %d %s", a.Status, a.Body)
	}
}

func (u *person) browse() {
	if a, ok := u.insist(http.MethodGet, "/chatroom", nil); ok {
		u.expect(a, "list rooms", http.StatusOK)
	}
	if a, ok := u.insist(http.MethodGet, "/user/me", nil); ok {
		u.expect(a, "show the user", http.StatusOK)
	}
}

// count updates the tally of the day.
func (u *person) count(update func(*tally)) {
	u.w.mu.Lock()
	defer u.w.mu.Unlock()
	update(&u.w.tally)
}
