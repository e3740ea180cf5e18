//go:build linux

package flow

import (
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// processes are two programs that serve the API, and one that answers with a model. They
// share a database and a Redis.
type processes struct {
	model         *rig.Model
	first, second device // of the same user, on the two programs
}

func startProcesses(t *testing.T, redisURL string, act func(prompt string, call int) rig.Act) processes {
	t.Helper()
	useStack(t, []string{"DATABASE_URL", newSchema(t), "REDIS_URL", redisURL})
	p := processes{model: rig.NewModel(t, act)}
	firstAPI, secondAPI := startRole(t, configs.RoleAPI), startRole(t, configs.RoleAPI)
	stackVariables = append(stackVariables,
		"GEMINI_API_KEY", "key-of-a-test", "GOOGLE_GEMINI_BASE_URL", p.model.URL)
	startRole(t, configs.RoleWorker)
	p.first = firstAPI.tcpDevice().Login(client.Number())
	p.second = secondAPI.tcpDevice().As(p.first.Token)
	return p
}

// slowModel sends one word of a long answer each 50 ms.
func slowModel(string, int) rig.Act {
	return rig.Act{Every: 50 * time.Millisecond, Says: strings.Repeat("word ", 200)}
}

// checkCancelled cancels a reply through the second process while clients of both watch it,
// and checks when the connection to the model is closed.
func (p processes) checkCancelled(t *testing.T, within time.Duration) {
	t.Helper()
	room := p.first.NewRoom("r")
	streams := []*client.Watcher{p.first.watchRoom(room), p.second.watchRoom(room), p.second.Watch(allRooms)}
	path := p.first.Send(room, "hello")
	for _, w := range streams {
		w.Until("delta")
	}
	cancelled := time.Now()
	p.second.cancel(path)
	rig.Eventually(t, within, "the connection to the model is closed", func() bool { return p.model.Open() == 0 })
	for _, w := range streams {
		w.Until("cancelled")
		p.first.checkView(w.View, path)
	}
	checkElapsed(t, cancelled, 0, within+time.Second)
	p.first.wantNotCancellable(path)
	p.first.checkMessageCount(1)
}

func TestACancelThroughAnotherProcessClosesTheConnectionToTheModel(t *testing.T) {
	startProcesses(t, emptyRedis(t), slowModel).checkCancelled(t, time.Second)
}

// While Redis is down, the worker notices the cancel when it renews its lease.
func TestACancelWhileRedisIsDownTakesUntilTheNextRenewal(t *testing.T) {
	redis := rig.NewRedis(t)
	p := startProcesses(t, redis.URL(), func(string, int) rig.Act { return rig.Act{Hang: true} })
	room := p.first.NewRoom("r")
	path := p.first.Send(room, "hello")
	rig.Eventually(t, 10*time.Second, "the model is called", func() bool { return p.model.Open() == 1 })
	redis.Kill()
	w := p.second.watchRoom(room)
	p.second.cancel(path)
	const reserve = 3 * time.Second // for calls of Redis that time out
	rig.Eventually(t, reply.RenewEvery+reserve, "the connection to the model is closed",
		func() bool { return p.model.Open() == 0 })
	w.Until("cancelled")
	p.first.checkView(w.View, path)
	p.first.checkMessageCount(0)
}
