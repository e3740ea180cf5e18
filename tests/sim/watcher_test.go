package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// watcher is a client that shows one room, or all rooms. It disconnects at random and
// continues on another process.
type watcher struct {
	u      *person
	room   *room // nil for all rooms
	rng    *rand.Rand
	view   *view
	cursor string // of the last event or page, "" for none
	first  string // an older cursor
	gone   bool   // the room was deleted
}

const (
	maxWatchers    = 4               // of one person
	longestConnect = 4 * time.Minute // of a client that disconnects by itself
	longestAway    = 6 * time.Minute
	lastLook       = 3 * time.Minute // before the end of the night; longer than any poll of the store
)

// watch starts a watcher.
func (u *person) watch() {
	if u.watchers == maxWatchers {
		return
	}
	u.watchers++
	wa := &watcher{u: u, rng: rand.New(rand.NewPCG(u.rng.Uint64(), u.n))}
	if u.rng.IntN(2) == 0 {
		wa.room = u.someRoom()
	}
	u.w.watchers.Go(wa.run)
}

// run watches until the end of the night. Then the view must equal the store.
func (wa *watcher) run() {
	w := wa.u.w
	for !w.isEvening() && !wa.gone {
		if wa.room != nil && wa.rng.IntN(3) == 0 {
			wa.poll()
		} else {
			wa.connect(time.Duration(wa.rng.Int64N(int64(longestConnect))))
		}
		if wa.rng.IntN(4) > 0 {
			w.waitForEvening(time.Duration(wa.rng.Int64N(int64(longestAway))))
		}
	}
	if wa.rng.IntN(2) == 0 {
		time.Sleep(time.Until(w.settled.Add(-lastLook)))
	}
	for w.night.Err() == nil && !wa.gone {
		wa.connect(24 * time.Hour)
		time.Sleep(time.Second)
	}
	switch {
	case wa.gone:
	case wa.room != nil && w.isDeleted(id.ID(wa.room.id)):
		w.violate("the stream of a deleted room did not end")
	default:
		wa.view.check(wa.room)
	}
}

// restart begins with an empty view.
func (wa *watcher) restart() {
	wa.view = newView(wa.u)
	wa.first = ""
}

// connect follows the stream until the client or the server ends it.
func (wa *watcher) connect(lasts time.Duration) {
	w := wa.u.w
	if wa.cursor == "" {
		wa.restart()
	}
	wa.view.interrupt()
	events := 1_000_000
	if wa.rng.IntN(3) == 0 && !w.isEvening() {
		events = wa.rng.IntN(12)
	}
	s := wa.request()
	w.note(fmt.Sprintf("%s connects", wa.view.name))
	s.lasts = lasts
	s.onEvent = func(e event) bool {
		if wa.cursor == "" {
			wa.view.start(wa.room)
		}
		wa.view.apply(e)
		wa.cursor = e.id
		events--
		return events > 0
	}
	r, ok := w.stream(w.night, wa.u, s)
	switch {
	case !ok || r.Status >= 500 || r.Status == http.StatusOK:
	case wa.room != nil && r.Status == http.StatusNotFound && w.isDeleted(id.ID(wa.room.id)):
		wa.gone = true
	default:
		w.violate("watch %s: status %d %s", s.target, r.Status, r.Body)
	}
}

// request returns the request for the stream after the cursor.
func (wa *watcher) request() streamRequest {
	s := streamRequest{method: http.MethodGet, target: "/events", headers: map[string]string{}}
	if wa.room != nil {
		s.target = "/chatroom/" + wa.room.id + "/events"
	}
	switch {
	case wa.cursor == "":
	case wa.rng.IntN(3) == 0:
		s.target += "?after=" + wa.cursor
	default:
		s.headers["Last-Event-ID"] = wa.cursor
		if wa.first != "" {
			s.target += "?after=" + wa.first // must be ignored
		}
	}
	if wa.cursor != "" && wa.first == "" {
		wa.first = wa.cursor
		wa.u.w.count("resumed watchers")
	}
	return s
}

// poll reads the pages after the cursor.
func (wa *watcher) poll() {
	w := wa.u.w
	path := "/chatroom/" + wa.room.id + "/messages"
	if wa.cursor == "" {
		wa.restart()
	}
	wa.view.interrupt()
	for more := true; more; {
		query := "?limit=100"
		if wa.cursor != "" {
			query = fmt.Sprintf("?limit=%d&after=%s", 1+wa.rng.IntN(5), wa.cursor)
		}
		r, ok := w.request(wa.u, http.MethodGet, path+query, nil)
		switch {
		case !ok || r.Status >= 500:
			return
		case r.Status == http.StatusNotFound && w.isDeleted(id.ID(wa.room.id)):
			wa.gone = true
			return
		}
		var messages []messageData
		if err := r.Decode(&messages); err != nil || r.Status != http.StatusOK {
			w.violate("poll %s: status %d %s", query, r.Status, r.Body)
			return
		}
		for _, m := range messages {
			wa.view.replace(m)
		}
		next, err := url.Parse(r.Link("monitor"))
		if err != nil || next.Query().Get("after") == "" {
			w.violate("the page %s has no link to what changes later: %v", query, r.Header)
		}
		wa.cursor = next.Query().Get("after")
		more = r.Link("next") != ""
		w.count("polls")
	}
}

// isEvening reports whether all users have finished.
func (w *world) isEvening() bool { return w.evening.Err() != nil }

// waitForEvening waits for d, or until all users have finished.
func (w *world) waitForEvening(d time.Duration) {
	ctx, cancel := context.WithTimeout(w.evening, d)
	defer cancel()
	<-ctx.Done()
}
