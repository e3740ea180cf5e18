package flow

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/client"
)

// Each word of this answer is a delta. The time between two words is twice that between two
// deltas, because a busy machine may delay one of them.
var deltaPerWord = wordModel{words: 30, every: 80 * time.Millisecond}

// A network may cut a connection after any event.
func TestAWatcherThatReconnectsAfterEveryEventMissesNothing(t *testing.T) {
	d := start(t, config(t), withLLM(modelFunc(deltaPerWord.answer))).tcpDevice().Login(client.Number())
	checkReconnects(t, d, d)
}

// checkReconnects watches an answer in a room and in all rooms. The watchers reconnect to
// the devices in turn.
func checkReconnects(t *testing.T, devices ...device) {
	t.Helper()
	d := devices[0]
	room := d.NewRoom("r")
	inRoom, everywhere := d.openRoom(room), d.Watch(allRooms)
	reply := d.Send(room, "hello")
	for i := 1; !isFinal(reply)(inRoom.View); i++ {
		inRoom.Next()
		inRoom = inRoom.Resume(devices[i%len(devices)].Device)
	}
	d.checkView(inRoom.View, reply)
	if v := inRoom.View; v.Deltas != deltaPerWord.words || v.Resets != 0 {
		t.Errorf("%d deltas and %d resets, want each of the %d deltas once", v.Deltas, v.Resets, deltaPerWord.words)
	}
	for i := 1; !isFinal(reply)(everywhere.View); i++ {
		few := 3 + rand.IntN(5) // the events of one change of all rooms have the same id
		everywhere.UntilView(func(v *client.View) bool { few--; return few < 0 || isFinal(reply)(v) })
		everywhere = everywhere.Resume(devices[i%len(devices)].Device)
	}
	d.checkView(everywhere.View, reply)
}

func TestAWatcherReconnectsToAnotherProcess(t *testing.T) {
	useStack(t, stackConfig(t, newSchema(t), true))
	model := withLLM(modelFunc(deltaPerWord.answer))
	firstAPI, secondAPI := startRole(t, configs.RoleAPI), startRole(t, configs.RoleAPI)
	startRole(t, configs.RoleWorker, model)
	startRole(t, configs.RoleWorker, model)
	first := firstAPI.tcpDevice().Login(client.Number())
	second := secondAPI.tcpDevice().As(first.Token)
	for range 3 {
		checkReconnects(t, first, second)
	}
}
