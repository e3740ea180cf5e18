//go:build linux

package flow

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// useNATSStack selects Postgres, Redis, and a NATS for the wake-ups.
func useNATSStack(t *testing.T, natsURL string) {
	t.Helper()
	useStack(t, append(stackConfig(t, newSchema(t), true), "NATS_URL", natsURL))
}

// The processes share a database and a Redis, and a NATS for the wake-ups.
func TestSeparateProcessesWithNATS(t *testing.T) {
	useNATSStack(t, rig.NewNATS(t).URL())
	checkSeparateProcesses(t, map[string]string{
		"checks.nats":  "ok",
		"checks.redis": "ok",
		"checks.store": "ok",
	})
}

// NATS is optional: a program without it is ready, and answers.
func TestReadyWithoutNATS(t *testing.T) {
	useNATSStack(t, "nats://canary:canary@127.0.0.1:1")
	p := startWithMetrics(t)
	p.checkLogged("level=INFO", "msg=started", `wake_ups="watermill on NATS JetStream"`, "live_log=redis")
	p.checkMetrics(map[string]float64{
		`parley_up{dependency="redis"}`: 1,
		`parley_up{dependency="nats"}`:  0,
	})
	d := p.tcpDevice()
	r := d.Want(http.StatusOK, "GET", "/readyz", nil)
	checkFields(t, r, map[string]string{"checks.nats": "away", "checks.redis": "ok", "checks.store": "ok"})
	d = d.Login(client.Number())
	d.checkAnswer(d.Send(d.NewRoom("r"), "hello"), "You said: hello")
	if strings.Contains(p.Log.String(), "canary") {
		t.Errorf("the log contains user or password of NATS_URL:\n%s", p.Log)
	}
}

// A program answers with NATS, without NATS, and with NATS again.
func TestAnswersDuringAnOutageOfNATS(t *testing.T) {
	server := rig.NewNATS(t)
	useNATSStack(t, server.URL())
	p := start(t, config(t))
	d := p.tcpDevice().Login(client.Number())
	room := d.NewRoom("r")
	checkReadiness := func(want string) {
		t.Helper()
		rig.Eventually(t, 10*time.Second, "readiness says that NATS is "+want, func() bool {
			return d.Want(http.StatusOK, "GET", "/readyz", nil).Field("checks.nats") == want
		})
	}
	checkReadiness("ok")
	d.checkAnswer(d.Send(room, "one"), "You said: one")
	server.Kill()
	checkReadiness("away")
	d.checkAnswer(d.Send(room, "two"), "You said: two")
	server.Start()
	checkReadiness("ok")
	d.checkAnswer(d.Send(room, "three"), "You said: three")
}

// A NATS that refuses the login is a wrong configuration. The error does not contain the login.
func TestTheProgramIsNotWiredWhenNATSRefusesTheLogin(t *testing.T) {
	server := rig.NewNATS(t, "--user", "parley", "--pass", "secret")
	useNATSStack(t, "nats://canary-user:canary-password@"+rig.Loopback(server.Port))
	_, err := boot.New(config(t))
	if err == nil {
		t.Fatal("the program was wired with a wrong password for NATS, want an error")
	}
	if !strings.Contains(err.Error(), "NATS_URL") || strings.Contains(err.Error(), "canary") {
		t.Errorf("error = %v, want it to contain NATS_URL, and no user name and password", err)
	}
}
