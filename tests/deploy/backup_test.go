//go:build unix

package deploy

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/client"
)

// The README's commands bring a conversation from one database to another. Its
// owner's token stays good there, and the restored program goes on writing.
func TestBackupAndRestore(t *testing.T) {
	need(t, "bash", "pg_dump", "pg_restore")
	old, empty := newDatabase(t), newDatabase(t)
	here := start(t, old)
	path := talk(t, here)
	before := want(t, here, http.StatusOK, "GET", path, nil)
	script := exec.Command("bash", "-euo", "pipefail", "-c", backup(t))
	script.Dir, script.Env = t.TempDir(), append(os.Environ(), "DATABASE_URL="+old, "NEW_DATABASE_URL="+empty)
	if out, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	there := start(t, empty).As(here.Token)
	if after := want(t, there, http.StatusOK, "GET", path, nil); string(after.Body) != string(before.Body) {
		t.Errorf("restored: %s\nwas: %s", after.Body, before.Body)
	}
	want(t, there, http.StatusAccepted, "POST", strings.TrimSuffix(path, "s"), map[string]string{"content": "still there?"})
}

// need skips the test where a program is not installed; in CI that is a failure.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", p)
		}
		t.Skipf("NOT RUN: %s is not installed", p)
	}
}

// backup is the README's block of commands that dump and restore.
func backup(t *testing.T) string {
	t.Helper()
	_, section, _ := strings.Cut(read(t, "README.md"), "\n## Deploying\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, block := range regexp.MustCompile("(?ms)^```bash\n(.*?)^```$").FindAllStringSubmatch(section, -1) {
		if strings.Contains(block[1], "pg_dump") {
			return block[1]
		}
	}
	t.Fatal("README.md does not say how to make a backup")
	return ""
}

// newDatabase makes a database that is dropped when the test ends, and returns its URL.
func newDatabase(t *testing.T) string {
	t.Helper()
	at := server(t)
	conn, err := pgx.Connect(t.Context(), at.String())
	if err != nil {
		t.Fatalf("no PostgreSQL at %s: %v", at.Redacted(), err)
	}
	name := "deploy_" + strings.ToLower(rand.Text())
	run := func(statement string) {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	run("CREATE DATABASE " + name)
	t.Cleanup(func() {
		run("DROP DATABASE " + name + " WITH (FORCE)")
		_ = conn.Close(context.Background())
	})
	at.Path = "/" + name
	return at.String()
}

func server(t *testing.T) *url.URL {
	t.Helper()
	at, err := url.Parse(portstest.Infrastructure(t, "TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal("TEST_DATABASE_URL is no URL")
	}
	return at
}

// start runs the program on a database until the test ends.
func start(t *testing.T, database string) *client.Client {
	t.Helper()
	env := map[string]string{"DATABASE_URL": database, "SECRET_KEY": secrets["SECRET_KEY"], "ECHO_LATENCY": "1ms"}
	c, err := configs.Load(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	app, err := boot.New(c, boot.InProcess(), boot.Log(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return client.In(app, "")
}

// talk logs in, has a message answered, and returns the path of the room's messages.
func talk(t *testing.T, c *client.Client) string {
	t.Helper()
	number := map[string]string{"mobile_number": "+12025550123"}
	number["otp"] = want(t, c, http.StatusOK, "POST", "/auth/send-otp", number).Get("otp")
	c.Token = want(t, c, http.StatusOK, "POST", "/auth/verify-otp", number).Get("access_token")
	room := want(t, c, http.StatusCreated, "POST", "/chatroom", map[string]string{"name": "kept"}).Get("id")
	reply := want(t, c, http.StatusAccepted, "POST", "/chatroom/"+room+"/message", map[string]string{"content": "hello"}).Header.Get("Location")
	if got := want(t, c, http.StatusOK, "GET", reply+"?wait=30", nil).Get("content"); got != "You said: hello" {
		t.Fatalf("answered %q", got)
	}
	return "/chatroom/" + room + "/messages"
}

func want(t *testing.T, c *client.Client, status int, method, path string, body any) client.Answer {
	t.Helper()
	a, err := c.Call(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, a.Status, a.Body, status)
	}
	return a
}
