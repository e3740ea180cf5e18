package sim

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/client"
)

// person is a user who repeats requests that fail.
type person struct {
	w            *world
	n            uint64
	rng          *rand.Rand // of the person's own goroutine
	token        string
	refreshToken string
	id           id.ID
	rooms        []*room
	isPro        bool // the API has reported Pro

	watchers int
	texts    int
	views    int // guarded by w.mu

	mu    sync.Mutex // guards what follows, because some requests run concurrently
	asked []ask      // requests that were accepted under an idempotency key
	said  []said
}

// said is a message that was accepted.
type said struct {
	room          *room
	prompt, reply string
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
		time.Sleep(time.Second + u.w.upTo(3*time.Second))
	}
	return client.Response{}, false
}

// actions are what a person does, with weights.
var actions = []struct {
	weight int
	do     func(*person)
}{
	{26, func(u *person) { u.say(u.someRoom()) }},
	{8, func(u *person) { u.sayAndListen(u.someRoom()) }},
	{10, (*person).sayAndCancel},
	{5, (*person).burst},
	{8, (*person).retry},
	{8, (*person).edit},
	{4, (*person).cancelAny},
	{6, (*person).race},
	{10, (*person).repeat},
	{2, (*person).misuseKey},
	{3, (*person).showVersions},
	{3, (*person).search},
	{4, (*person).openRoom},
	{3, (*person).updateRoom},
	{3, (*person).deleteRoom},
	{6, (*person).upgrade},
	{5, (*person).wait},
	{4, (*person).browse},
	{4, (*person).refresh},
	{8, (*person).watch},
}

// live performs random actions for a day.
func (u *person) live() {
	u.logIn()
	u.openRoom()
	u.watch()
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	for range 15 + u.rng.IntN(15) {
		u.pause()
		n := u.rng.IntN(total)
		for _, a := range actions {
			n -= a.weight
			if n < 0 {
				a.do(u)
				break
			}
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

// expect checks a response that can only have one status.
func (u *person) expect(a client.Response, doing string, status int) {
	if a.Status != status {
		u.w.violate("%s: status %d %s", doing, a.Status, a.Body)
	}
}
