//go:build linux

package flow

import (
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// The live log is lost in the middle of an answer. The streams continue with the store, and
// have deltas again after the return of Redis.
func TestStreamsContinueWhileRedisIsDown(t *testing.T) {
	redis := rig.NewRedis(t)
	rest := make(chan struct{})
	p := startProcesses(t, redis.URL(), func(_ string, call int) rig.Act {
		if call == 1 {
			return rig.Act{Amid: rest}
		}
		return slowModel("", call)
	})
	room := p.first.NewRoom("r")
	streams := []*client.Watcher{p.first.watchRoom(room), p.second.watchRoom(room), p.second.Watch(allRooms)}
	path := p.first.Send(room, "hello")
	for _, w := range streams {
		w.Until("delta")
	}
	redis.Kill()
	close(rest)
	for _, w := range streams {
		w.UntilView(isFinal(path))
		w.View.Shortened = 0 // the rest was not in the live log
		p.first.checkView(w.View, path)
		w.View.Deltas = 0
	}
	redis.Start()
	path = p.first.Send(room, "hello")
	for _, w := range streams {
		w.UntilView(isFinal(path))
		if w.View.Deltas == 0 {
			t.Errorf("%s: no deltas after the return of Redis", w.Path)
		}
		w.View.Shortened = 0
		p.first.checkView(w.View, path)
	}
}
