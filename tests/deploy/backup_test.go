//go:build linux

package deploy

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/harness"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// TestBackupAndRestore runs the backup commands of the README. After the dump, one user erases the
// account and another one logs out. After the restore the account does not exist, no earlier
// token is valid, other conversations are unchanged, and new messages are accepted.
func TestBackupAndRestore(t *testing.T) {
	rig.Need(t, "bash", "pg_dump", "pg_restore")
	oldDatabase, newDatabase := createDatabase(t), createDatabase(t)
	number, erasedNumber := client.Number(), client.Number()
	before := connect(t, oldDatabase)
	user, erased := before.Login(number), before.Login(erasedNumber)
	room := user.NewRoom("Room")
	sendAndWait(user, room)
	sendAndWait(erased, erased.NewRoom("Room"))
	messages := user.Want(http.StatusOK, "GET", "/chatroom/"+room+"/messages", nil)

	dump, rest, _ := strings.Cut(backupCommands(t), "\n")
	run := newShell(t, oldDatabase, newDatabase)
	run(dump)
	erased.Want(http.StatusNoContent, "DELETE", "/user/me", nil)
	user.Want(http.StatusNoContent, "POST", "/auth/logout", nil)
	run(rest)

	restored := connect(t, newDatabase)
	for _, token := range []string{user.Token, erased.Token} {
		client.Device{Client: restored.As(token), TB: t}.Want(http.StatusUnauthorized, "GET", "/user/me", nil)
	}
	again := restored.Login(number)
	after := again.Want(http.StatusOK, "GET", "/chatroom/"+room+"/messages", nil)
	if string(after.Body) != string(messages.Body) {
		t.Errorf("the messages after the restore are\n%s\nwant those before the backup:\n%s", after.Body, messages.Body)
	}
	sendAndWait(again, room)
	rooms := restored.Login(erasedNumber).Want(http.StatusOK, "GET", "/chatroom", nil)
	if string(rooms.Body) != "[]\n" {
		t.Errorf("rooms of the erased number after the restore = %s, want none: it is a new account", rooms.Body)
	}
}

// newShell returns a function that runs commands in a new folder, with parley in the PATH.
func newShell(t *testing.T, oldDatabase, newDatabase string) func(commands string) {
	t.Helper()
	binaries, folder := t.TempDir(), t.TempDir()
	if err := rig.Build(filepath.Join(binaries, "parley")); err != nil {
		t.Fatalf("building parley: %v", err)
	}
	return func(commands string) {
		t.Helper()
		script := exec.Command("bash", "-euo", "pipefail", "-c", commands)
		script.Dir = folder
		script.Env = append(os.Environ(), "PATH="+binaries+":"+os.Getenv("PATH"),
			"DATABASE_URL="+oldDatabase, "NEW_DATABASE_URL="+newDatabase)
		if out, err := script.CombinedOutput(); err != nil {
			t.Fatalf("the backup commands of README.md failed: %v\n%s", err, out)
		}
	}
}

// backupCommands returns the block of README.md that contains pg_dump.
func backupCommands(t *testing.T) string {
	t.Helper()
	for _, block := range harness.ReadmeCommands(t, "Deploying") {
		if strings.Contains(block, "pg_dump") {
			return block
		}
	}
	t.Fatal(`the section "Deploying" of README.md has no block of commands with pg_dump`)
	return ""
}

// createDatabase creates an empty database, which is dropped after the test, and returns its URL.
func createDatabase(t *testing.T) string {
	t.Helper()
	address, err := url.Parse(portstest.Infrastructure(t, "TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal("TEST_DATABASE_URL is not a URL")
	}
	conn, err := pgx.Connect(t.Context(), address.String())
	if err != nil {
		t.Fatalf("connecting to Postgres at %s: %v", address.Redacted(), err)
	}
	execute := func(statement string) {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			t.Errorf("execute %s: %v", statement, err)
		}
	}
	name := "deploy_" + strings.ToLower(rand.Text())
	execute("CREATE DATABASE " + name)
	t.Cleanup(func() {
		execute("DROP DATABASE " + name + " WITH (FORCE)")
		_ = conn.Close(context.Background())
	})
	address.Path = "/" + name
	return address.String()
}

// connect starts the program on a database and returns a client of it.
func connect(t *testing.T, databaseURL string) client.Device {
	t.Helper()
	c := harness.Config(t, "DATABASE_URL", databaseURL, "SECRET_KEY", secrets["SECRET_KEY"])
	return client.Device{Client: client.At(harness.Start(t, c).URL()), TB: t}
}

// sendAndWait sends a message to the room and waits for the reply.
func sendAndWait(user client.Device, room string) {
	user.Helper()
	reply := user.Wait(user.Send(room, "hello"))
	if got := reply.Field("content"); got != "You said: hello" {
		user.Fatalf("the reply is %q, want the echo of the message", got)
	}
}
