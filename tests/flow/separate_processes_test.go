package flow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/tests/client"
)

// startRole starts a program that only serves the API or only answers.
func startRole(t *testing.T, role configs.Role, options ...boot.Option) *program {
	t.Helper()
	c := config(t, "SECRET_KEY", "a key that all processes have in common")
	c.Role = role
	if err := c.CheckSeparateProcesses(); err != nil {
		t.Fatalf("check the configuration of separate processes: %v", err)
	}
	return start(t, c, options...)
}

// Two processes serve the API and two answer. They share a database and a Redis.
func TestSeparateProcessesForTheAPIAndForWorkers(t *testing.T) {
	useStack(t, stackConfig(t, newSchema(t), true))
	checkSeparateProcesses(t, map[string]string{"checks.redis": "ok", "checks.store": "ok"})
}

// checkSeparateProcesses checks that four processes work as one. ready are the fields of their
// readiness.
func checkSeparateProcesses(t *testing.T, ready map[string]string) {
	t.Helper()
	firstAPI, secondAPI := startRole(t, configs.RoleAPI), startRole(t, configs.RoleAPI)
	worker := startRole(t, configs.RoleWorker)
	startRole(t, configs.RoleWorker)

	first := firstAPI.tcpDevice().Login(client.Number())
	second := secondAPI.tcpDevice().As(first.Token)
	room := first.NewRoom("Shared")
	second.Want(http.StatusOK, "GET", "/chatroom", nil) // fills the cache of the list
	for i := range 5 {
		reply := first.Send(room, fmt.Sprint("message ", i))
		checkFields(t, second.Wait(reply), map[string]string{"status": "done"})
	}
	newRoom := first.NewRoom("Second")
	if rooms := string(second.Want(http.StatusOK, "GET", "/chatroom", nil).Body); !strings.Contains(rooms, newRoom) {
		t.Errorf("rooms in the other process = %s, want the new room %s too", rooms, newRoom)
	}
	first.Want(http.StatusServiceUnavailable, "POST", "/subscribe/pro", nil)
	worker.tcpDevice().Want(http.StatusNotFound, "GET", "/user/me", nil)
	worker.waitForWorkers("2")
	checkFields(t, firstAPI.tcpDevice().Want(http.StatusOK, "GET", "/readyz", nil), ready)
}

// waitForWorkers waits until a process sees this number of live workers, at most 10 s.
func (p *program) waitForWorkers(want string) {
	p.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for p.tcpDevice().Want(http.StatusOK, "GET", "/readyz", nil).Field("workers") != want {
		if time.Now().After(deadline) {
			p.t.Fatalf("the process does not see %s workers after 10 s", want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
