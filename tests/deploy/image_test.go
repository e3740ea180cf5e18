//go:build unix

package deploy

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// image is the image of the Dockerfile without Docker: a folder that contains only the
// binary, built by the command of the Dockerfile. Processes see the folder as their
// root, so they cannot use any other file of the machine.
type image struct {
	folder     string
	entrypoint string // path of the binary inside the folder
	user       *syscall.Credential
	env        []string
}

// newImage builds the image. It needs root, because of chroot.
func newImage(t *testing.T) image {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test needs root to start the binary in another root directory")
	}
	text := dockerfile(t)
	i := image{folder: t.TempDir(), entrypoint: submatch(t, text, `^ENTRYPOINT \["(/\S+)"\]$`)}
	for _, variable := range regexp.MustCompile(`(?m)^ENV (\S+)$`).FindAllStringSubmatch(text, -1) {
		i.env = append(i.env, variable[1])
	}
	uid, err := strconv.ParseUint(submatch(t, text, `^USER (\d+):\d+$`), 10, 32)
	if err != nil || uid == 0 {
		t.Fatalf("the user of the image is %d (%v), want a user other than root", uid, err)
	}
	i.user = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	i.build(t, submatch(t, text, `^RUN (CGO_ENABLED=0 go build .*)$`))
	return i
}

// build runs the build command of the Dockerfile, but writes the binary to the folder.
func (i image) build(t *testing.T, command string) {
	t.Helper()
	output := "-o " + filepath.Join(i.folder, i.entrypoint) + " "
	build := exec.Command("sh", "-c", strings.Replace(command, "-o /parley ", output, 1))
	build.Dir = root
	build.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false") // the build context has no Git history
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build with %s: %v\n%s", command, err, out)
	}
}

// command returns a command of the binary, with more environment variables than those of the image.
func (i image) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, i.entrypoint, args...)
	cmd.Dir = "/"
	cmd.Env = append(i.env[:len(i.env):len(i.env)], env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: i.folder, Credential: i.user}
	return cmd
}

func TestImage(t *testing.T) {
	if os.Getenv("CI") != "true" {
		t.Skip("NOT RUN: the build of the Dockerfile takes minutes; set CI=true to run it")
	}
	i := newImage(t)
	t.Run("serves and stops", i.testServe)
	t.Run("does not start without APP_ENV", i.testAppEnv)
	t.Run("has the commands of compose.yaml", i.testCommands)
}

// The binary needs no libraries, no files and no user name.
func (i image) testServe(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := i.command(ctx, []string{"APP_ENV=development", "HTTP_ADDR=127.0.0.1:0"})
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatalf("opening a pipe for stderr: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting the binary: %v", err)
	}
	lines := bufio.NewReader(stderr)
	checkHealth(t, waitForURL(t, lines))
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("sending SIGTERM: %v", err)
	}
	rest, _ := io.ReadAll(lines)
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM the process ended with %v, want exit status 0:\n%s", err, rest)
	}
}

func checkHealth(t *testing.T, baseURL string) {
	t.Helper()
	res, err := http.Get(baseURL + "/healthz")
	if err != nil {
		t.Fatalf("requesting /healthz: %v", err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"ok"`) {
		t.Errorf(`/healthz returned %s %s, want 200 and "ok"`, res.Status, body)
	}
}

// waitForURL reads stderr until the program prints the URL on which it listens.
func waitForURL(t *testing.T, stderr *bufio.Reader) string {
	t.Helper()
	var output strings.Builder
	for {
		line, err := stderr.ReadString('\n')
		if _, after, found := strings.Cut(line, "listens on "); found {
			baseURL, _, _ := strings.Cut(after, " ")
			return baseURL
		}
		output.WriteString(line)
		if err != nil {
			t.Fatalf("the process ended before it listened:\n%s", output.String())
		}
	}
}

// The image listens on all addresses. Without APP_ENV this could make the development mode public.
func (i image) testAppEnv(t *testing.T) {
	out, err := i.command(t.Context(), nil).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "APP_ENV: must be set") {
		t.Errorf("without APP_ENV the process ended with %v and printed the following, want an APP_ENV problem:\n%s",
			err, out)
	}
}

func (i image) testCommands(t *testing.T) {
	for name, s := range readCompose(t).parleyServices() {
		if len(s.Command) != 1 {
			t.Errorf("the service %s has the command %q, want one word", name, s.Command)
		}
		if out, err := i.command(t.Context(), nil, append(s.Command, "--help")...).CombinedOutput(); err != nil {
			t.Errorf("the service %s: parley %q --help failed: %v\n%s", name, s.Command, err, out)
		}
	}
}
