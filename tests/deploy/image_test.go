//go:build unix

// Package deploy checks what takes Parley to other machines: the image, the
// compose file and the README's commands.
package deploy

import (
	"bufio"
	"context"
	"go/version"
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

const root = "../.."

// read is the text of a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// match is the first group of a multi-line expression, which must match.
func match(t *testing.T, text, expression string) string {
	t.Helper()
	found := regexp.MustCompile("(?m)" + expression).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("nothing matches %s", expression)
	}
	return found[1]
}

func dockerfile(t *testing.T) string { return read(t, "configs/Dockerfile") }

// The image is built with the Go that go.mod asks for, patches aside.
func TestTheImageIsBuiltWithTheGoOfTheModule(t *testing.T) {
	module := "go" + match(t, read(t, "go.mod"), `^go (\S+)$`)
	image := "go" + match(t, dockerfile(t), `^FROM golang:(\d+\.\d+\.\d+)-`)
	if version.Lang(image) != version.Lang(module) || version.Compare(image, module) < 0 {
		t.Errorf("the image has %s, go.mod %s", image, module)
	}
}

// What the build leaves out of its context is nothing that the program is made of.
func TestTheBuildSeesEverySource(t *testing.T) {
	seen := read(t, "configs/Dockerfile.dockerignore")
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.ImportPath}}{{end}}{{end}}", "../../cmd/parley").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		_, path, _ := strings.Cut(pkg, "/parley/")
		folder, _, _ := strings.Cut(path, "/")
		if !strings.Contains(seen, "\n!"+folder+"\n") {
			t.Errorf("Dockerfile.dockerignore hides %s", path)
		}
	}
}

// image is an empty folder but for the binary, built as the Dockerfile builds it,
// where the Dockerfile puts it. Nothing else of the machine can be seen from inside.
type image struct {
	folder, program string
	user            *syscall.Credential
	env             []string
}

func newImage(t *testing.T) image {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("only root can start the binary in an empty root, and CI must")
	}
	text := dockerfile(t)
	i := image{folder: t.TempDir(), program: match(t, text, `^ENTRYPOINT \["(/\S+)"\]$`)}
	for _, pair := range regexp.MustCompile(`(?m)^ENV (\S+)$`).FindAllStringSubmatch(text, -1) {
		i.env = append(i.env, pair[1])
	}
	uid, err := strconv.ParseUint(match(t, text, `^USER (\d+):\d+$`), 10, 32)
	if err != nil || uid == 0 {
		t.Fatalf("the image's user is %d", uid)
	}
	i.user = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	command := match(t, text, `^RUN (CGO_ENABLED=0 go build .*)$`)
	build := exec.Command("sh", "-c", strings.Replace(command, "-o /parley ", "-o "+filepath.Join(i.folder, i.program)+" ", 1))
	build.Dir, build.Env = root, append(os.Environ(), "GOFLAGS=-buildvcs=false") // there is no history in the image
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return i
}

// command runs the program in the image as its user, with the image's environment and what is given.
func (i image) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, i.program, args...)
	cmd.Dir, cmd.Env = "/", append(i.env[:len(i.env):len(i.env)], env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: i.folder, Credential: i.user}
	return cmd
}

func TestTheImage(t *testing.T) {
	if os.Getenv("CI") != "true" {
		t.Skip("NOT RUN: building as the Dockerfile does takes minutes; CI=true does it")
	}
	i := newImage(t)
	t.Run("answers", i.answers)
	t.Run("needs to be told that it is tried", i.refuses)
	t.Run("has the commands of compose.yaml", i.commands)
}

// The binary needs nothing of the machine: no libraries, no files, no user's name.
func (i image) answers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := i.command(ctx, []string{"APP_ENV=development", "HTTP_ADDR=127.0.0.1:0"})
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(said)
	res, err := http.Get(address(t, lines) + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"ok"`) {
		t.Errorf("/healthz: %s %s", res.Status, body)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines)
	if err := cmd.Wait(); err != nil {
		t.Errorf("SIGTERM ends it with %v:\n%s", err, rest)
	}
}

// address waits for the program to say where it listens.
func address(t *testing.T, said *bufio.Reader) string {
	t.Helper()
	var all strings.Builder
	for {
		line, err := said.ReadString('\n')
		if _, after, found := strings.Cut(line, "listens on "); found {
			url, _, _ := strings.Cut(after, " ")
			return url
		}
		all.WriteString(line)
		if err != nil {
			t.Fatalf("it ended and said:\n%s", all.String())
		}
	}
}

// The image listens at all addresses, where codes must not be shown by accident.
func (i image) refuses(t *testing.T) {
	out, err := i.command(t.Context(), nil).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "APP_ENV: must be set") {
		t.Errorf("without APP_ENV: %v, %s", err, out)
	}
}

func (i image) commands(t *testing.T) {
	for name, s := range compose(t).Services {
		if s.Build == nil {
			continue
		}
		if out, err := i.command(t.Context(), nil, append(s.Command, "--help")...).CombinedOutput(); err != nil || len(s.Command) != 1 {
			t.Errorf("%s: parley %q: %v\n%s", name, s.Command, err, out)
		}
	}
}
