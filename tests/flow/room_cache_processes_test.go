//go:build linux

package flow

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// soon is how long a process may take to learn of a change, on a loaded machine.
const soon = 10 * time.Second

// cachingProcess is a user on a program that serves the API, and caches rooms.
type cachingProcess struct {
	device
	program *program
}

// startCachingProcesses starts two programs that share a database and a Redis, and a worker.
// Both devices are of one user.
func startCachingProcesses(t *testing.T, redisURL string) (writer, reader cachingProcess) {
	t.Helper()
	useStack(t, []string{"DATABASE_URL", newSchema(t), "REDIS_URL", redisURL, "METRICS_ADDR", "127.0.0.1:0"})
	writer.program = startRole(t, configs.RoleAPI)
	reader.program = startRole(t, configs.RoleAPI)
	startRole(t, configs.RoleWorker)
	writer.device = writer.program.tcpDevice().Login(client.Number())
	reader.device = reader.program.tcpDevice().As(writer.Token)
	writer.awaitOutcome("hit")
	reader.awaitOutcome("hit")
	return writer, reader
}

// awaitOutcome lists rooms until the cache has this outcome.
func (p cachingProcess) awaitOutcome(outcome string) {
	p.Helper()
	name := `parley_room_cache_total{outcome="` + outcome + `"}`
	_, before := p.program.scrape()
	rig.Eventually(p, soon, "the outcome of the cache is "+outcome, func() bool {
		p.listRooms("/chatroom")
		_, now := p.program.scrape()
		return now[name] > before[name]
	})
}

// names returns the names of the rooms in the order of the list.
func (p cachingProcess) names() string {
	p.Helper()
	rooms, _ := p.listRooms("/chatroom")
	return roomNames(rooms)
}

// wantEverywhere checks the list after a change by the writer: it must be there immediately,
// and soon on the reader.
func wantEverywhere(t *testing.T, writer, reader cachingProcess, change, want string) {
	t.Helper()
	if got := writer.names(); got != want {
		t.Errorf("rooms after %s on the process that made the change = %q, want %q", change, got, want)
	}
	rig.Eventually(t, soon, "after "+change+" the other process lists "+want,
		func() bool { return reader.names() == want })
	writer.awaitOutcome("hit")
	reader.awaitOutcome("hit")
}

func TestEveryChangeOfRoomsIsVisibleOnAllProcesses(t *testing.T) {
	writer, reader := startCachingProcesses(t, emptyRedis(t))
	a := writer.NewRoom("a")
	writer.NewRoom("b")
	wantEverywhere(t, writer, reader, "creating two rooms", "b a")
	first := writer.Send(a, "hello")
	writer.Wait(first)
	wantEverywhere(t, writer, reader, "a message to a", "a b")
	writer.Want(http.StatusOK, "PATCH", "/chatroom/"+a, object{"name": "A"})
	wantEverywhere(t, writer, reader, "renaming a", "A b")
	checkFields(t, reader.Want(http.StatusOK, "GET", "/chatroom/"+a, nil), map[string]string{"name": "A"})
	c := writer.Want(http.StatusCreated, "POST", "/chatroom", object{}).Field("id")
	writer.Wait(writer.Send(c, "What do owls eat?"))
	rig.Eventually(t, soon, "both processes show the title", func() bool {
		title := writer.Want(http.StatusOK, "GET", "/chatroom/"+c, nil).Field("name")
		return title != "" && reader.names() == title+" A b" && writer.names() == title+" A b"
	})
	writer.Want(http.StatusNoContent, "DELETE", "/chatroom/"+c, nil)
	wantEverywhere(t, writer, reader, "deleting a room", "A b")
	writer.edit(writer.promptOf(first), "hello again")
	wantEverywhere(t, writer, reader, "an edit", "A b")
}

// While Redis is down, a process cannot know of changes by another one. So it must not use
// what it has cached.
func TestRoomsAreNotCachedWhileRedisIsDown(t *testing.T) {
	redis := rig.NewRedis(t)
	writer, reader := startCachingProcesses(t, redis.URL())
	redis.Kill()
	reader.awaitOutcome("bypassed")
	writer.awaitOutcome("bypassed")
	for _, want := range []string{"a", "b a"} {
		writer.NewRoom(want[:1])
		if got := reader.names(); got != want {
			t.Errorf("rooms on the other process while Redis is down = %q, want %q", got, want)
		}
	}
	redis.Start()
	wantEverywhere(t, writer, reader, "the return of Redis", "b a")
	writer.NewRoom("c")
	wantEverywhere(t, writer, reader, "a room after the return of Redis", "c b a")
}
