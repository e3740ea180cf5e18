//go:build linux

package watermill

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/logtest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// An operator must fix a wrong login, so the start fails. No error contains the URL's password.
func TestNATSRejectsTheLogin(t *testing.T) {
	server := rig.NewNATS(t, "--user", "parley", "--pass", "secret")
	for _, login := range []string{"canary:canary@", "canary@", ""} {
		conn, err := OpenNATS("nats://"+login+rig.Loopback(server.Port), new(logtest.Buffer).Logger())
		if !errors.Is(err, errNATSLogin) {
			t.Errorf("OpenNATS with a wrong login returned %v and error %v, want errNATSLogin", conn, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("error = %v, want no user and no password", err)
		}
	}
	w := onNATSAt(t, "nats://parley:secret@"+rig.Loopback(server.Port), newPrefix())
	c := w.consume(nil)
	w.wake(1)
	c.waitFor(1)
}

// Neither errors nor the log contain the credentials of the URL.
func TestNATSErrorsHideCredentials(t *testing.T) {
	log := new(logtest.Buffer)
	for _, address := range []string{
		"nats://canary:canary@127.0.0.1:port",
		"nats://canary:canary@127.0.0.1:1,\x7f",
		"nats://canary:canary@127.0.0.1:1,ws://canary@127.0.0.1:1",
	} {
		if _, err := OpenNATS(address, log.Logger()); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("error of an invalid URL = %v, want one without user and password", err)
		}
	}
	w := onNATSAt(t, "nats://canary:canary@127.0.0.1:"+strconv.Itoa(rig.Port(t)), "test")
	w.consume(nil)
	wakeErr, checkErr := w.Wake(t.Context(), replyID(1)), CheckJetStream(t.Context(), w.conn, "test")
	rig.Eventually(t, patience, "the outage is logged", func() bool { return w.log.Count("sweeps") > 0 })
	if wakeErr == nil || checkErr == nil {
		t.Fatalf("without a server, Wake = %v and CheckJetStream = %v, want errors", wakeErr, checkErr)
	}
	if all := errors.Join(wakeErr, checkErr).Error() + log.String() + w.log.String(); strings.Contains(all, "canary") {
		t.Errorf("errors and log contain user or password:\n%s", all)
	}
}

// A NATS user needs no more permissions than .docs/operations.md lists.
func TestANATSUserWithFewPermissions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nats.conf")
	const config = `authorization { users = [ { user: parley, password: secret, permissions: {
		publish: ["parley.replies", "$JS.API.>", "$JS.ACK.>"], subscribe: ["_INBOX.>"] } } ] }`
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatalf("writing the configuration of NATS: %v", err)
	}
	server := rig.NewNATS(t, "--config", file)
	w := onNATSAt(t, "nats://parley:secret@"+rig.Loopback(server.Port), "parley")
	w.checkHandles(w.consume(nil), 10)
	w.waitUntilEmpty()
	if err := CheckJetStream(t.Context(), w.conn, "parley"); err != nil {
		t.Errorf("CheckJetStream failed: %v", err)
	}
}
