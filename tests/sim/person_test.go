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

// person is a user with a phone, who does not give up easily.
type person struct {
	w     *world
	n     uint64
	rng   *rand.Rand
	token string
	rooms []*room
	said  []said
	texts int
	isPro bool // and has seen so
}

type room struct {
	id   string
	gone bool // deleted, or perhaps
}

// said is a message that was accepted under a key.
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

const tries = 8

// insist repeats a request until it is answered with other than a 5xx.
func (u *person) insist(method, path string, body any, headers ...string) (client.Answer, bool) {
	for range tries {
		a, ok := u.w.request(u, method, path, body, headers...)
		if ok && a.Status < 500 {
			return a, true
		}
		time.Sleep(time.Duration(1+u.rng.IntN(4)) * time.Second)
	}
	return client.Answer{}, false
}

// live is the user's day.
func (u *person) live() {
	u.logIn()
	u.open()
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
			u.open()
		case n < 78:
			u.leave()
		case n < 82:
			u.upgrade()
		case n < 91:
			u.wait()
		default:
			u.browse()
		}
	}
}

// pause lets time pass, now and then right up to midnight.
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

// logIn goes on until there is a token: a code may get lost, or be used up by a login whose answer did.
func (u *person) logIn() {
	number := object{"mobile_number": fmt.Sprintf("+1%07d000", 2_000_000+u.n)}
	for u.token == "" {
		if sent, ok := u.insist(http.MethodPost, "/auth/send-otp", number); ok && sent.Status == http.StatusOK {
			number["otp"] = sent.Get("otp")
			a, _ := u.insist(http.MethodPost, "/auth/verify-otp", number)
			u.token = a.Get("access_token")
			delete(number, "otp")
		}
		time.Sleep(time.Minute)
	}
}

func (u *person) open() {
	if a, ok := u.insist(http.MethodPost, "/chatroom", object{"name": "a room"}); ok {
		u.expect(a, "opening a room", http.StatusCreated)
		u.rooms = append(u.rooms, &room{id: a.Get("id")})
	}
}

// expect is for answers that leave no doubt.
func (u *person) expect(a client.Answer, doing string, status int) {
	if a.Status != status {
		u.w.violate("%s was answered with %d %s", doing, a.Status, a.Body)
	}
}

func (u *person) someRoom() *room {
	if len(u.rooms) == 0 {
		return nil
	}
	return u.rooms[u.rng.IntN(len(u.rooms))]
}

// say sends a text no one else sends, mostly under a key and then for as long as it takes.
func (u *person) say(r *room) {
	if r == nil {
		return
	}
	u.texts++
	s := said{room: r, text: fmt.Sprintf("user %d says %d with %d words", u.n, u.texts, u.rng.Uint64()), key: strconv.Itoa(u.texts)}
	wasPro := u.isPro
	var a client.Answer
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
	case a.Status == http.StatusTooManyRequests && a.Get("code") == "quota_exhausted":
		u.count(func(t *tally) { t.refused++ })
		if wasPro {
			u.w.violate("a Pro user met quota_exhausted")
		}
	case a.Status == http.StatusNotFound && r.gone:
	default:
		u.w.violate("sending was answered with %d %s", a.Status, a.Body)
	}
}

func (u *person) send(s said) (client.Answer, bool) {
	return u.insist(http.MethodPost, "/chatroom/"+s.room.id+"/message", object{"content": s.text}, "Idempotency-Key", s.key)
}

// repeat sends something again under its key: the answer must be the same.
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
		u.w.violate("repeating %s was answered with %d %s", s.body, a.Status, a.Body)
	}
}

// leave deletes a room, answers under way and all.
func (u *person) leave() {
	r := u.someRoom()
	if r == nil || len(u.rooms) < 2 {
		return
	}
	gone := r.gone
	r.gone = true
	a, ok := u.insist(http.MethodDelete, "/chatroom/"+r.id, nil)
	if ok && a.Status != http.StatusNoContent && !(a.Status == http.StatusNotFound) {
		u.w.violate("deleting was answered with %d %s", a.Status, a.Body)
	}
	if !gone {
		u.count(func(t *tally) { t.deleted++ })
	}
}

// upgrade pays for Pro, which must hold soon, however the webhooks fare.
func (u *person) upgrade() {
	if u.isPro {
		return
	}
	a, ok := u.insist(http.MethodPost, "/subscribe/pro", nil)
	if !ok || a.Status != http.StatusCreated {
		return
	}
	if _, err := u.w.company.Pay(path.Base(a.Get("url"))); err != nil {
		u.w.violate("paying: %v", err)
		return
	}
	for range 10 {
		time.Sleep(30 * time.Second)
		if a, ok := u.insist(http.MethodGet, "/subscribe/status", nil); ok && a.Get("tier") == "Pro" {
			u.isPro = true
			u.count(func(t *tally) { t.upgraded++ })
			return
		}
	}
	u.w.violate("five minutes after paying there is no Pro")
}

// burst says something in each of several rooms, without a pause.
func (u *person) burst() {
	for range 4 {
		if u.open(); len(u.rooms) > 0 {
			u.say(u.rooms[len(u.rooms)-1])
		}
	}
}

// wait long-polls for the last answer in a room.
func (u *person) wait() {
	if len(u.said) == 0 {
		return
	}
	s := u.said[len(u.said)-1]
	reply := client.Answer{Body: []byte(s.body)}.Get("reply.id")
	a, ok := u.insist(http.MethodGet, "/chatroom/"+s.room.id+"/messages/"+reply+"?wait=30", nil)
	if ok && a.Status != http.StatusOK && !(a.Status == http.StatusNotFound && s.room.gone) {
		u.w.violate("waiting was answered with %d %s", a.Status, a.Body)
	}
}

func (u *person) browse() {
	if a, ok := u.insist(http.MethodGet, "/chatroom", nil); ok {
		u.expect(a, "listing rooms", http.StatusOK)
	}
	if a, ok := u.insist(http.MethodGet, "/user/me", nil); ok {
		u.expect(a, "showing the user", http.StatusOK)
	}
}

func (u *person) count(how func(*tally)) {
	u.w.mu.Lock()
	defer u.w.mu.Unlock()
	how(&u.w.tally)
}
