// Package clients calls the program as people do who try it: it runs the
// README's tour with curl. The script beside it runs the Postman collection.
package clients

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

const (
	readme  = "../../README.md"
	heading = "## A five-minute tour"
	listens = "http://127.0.0.1:8000" // where the README's program does
)

// The README's tour works as it is printed.
func TestTour(t *testing.T) {
	need(t, "bash", "curl")
	script := strings.ReplaceAll(tour(t), listens, start(t))
	out, err := run(t, script)
	if err != nil {
		t.Fatalf("the tour ended with %v and said:\n%s", err, out)
	}
	for _, want := range []string{"You said:", `"tier":"Pro"`} {
		if !strings.Contains(out, want) {
			t.Errorf("the tour did not say %s, but:\n%s", want, out)
		}
	}
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
		t.Skipf("%s is not installed", p)
	}
}

// bash is a block of commands.
var bash = regexp.MustCompile("(?ms)^```bash\n(.*?)^```$")

// tour is the commands of the README's section, in one script.
func tour(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var script strings.Builder
	for _, block := range bash.FindAllStringSubmatch(section, -1) {
		script.WriteString(block[1])
	}
	if !strings.Contains(script.String(), listens) {
		t.Fatalf("README.md has no commands under %q that call %s", heading, listens)
	}
	return script.String()
}

// start runs the program until the test ends and returns its URL.
func start(t *testing.T) string {
	t.Helper()
	c, err := configs.Load(func(name string) string { return map[string]string{"HTTP_ADDR": "127.0.0.1:0"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	app, err := boot.New(c, boot.Log(slog.New(slog.NewTextHandler(io.Discard, nil))))
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
	return app.URL()
}

// run gives a script to bash and returns what it printed. Its standard input is empty.
func run(t *testing.T, script string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), &out, &out
	cmd.Env = append(os.Environ(), "no_proxy=127.0.0.1")
	cmd.WaitDelay = 5 * time.Second // should the script leave something running
	err := cmd.Run()
	return out.String(), err
}
