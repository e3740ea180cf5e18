//go:build unix

package deploy

import (
	"go/version"
	"os/exec"
	"strings"
	"testing"
)

func dockerfile(t *testing.T) string {
	t.Helper()
	return readFile(t, folder+"/Dockerfile")
}

func TestDockerfileUsesTheGoVersionOfTheModule(t *testing.T) {
	module := "go" + submatch(t, readFile(t, "go.mod"), `^go (\S+)$`)
	image := "go" + submatch(t, dockerfile(t), `^FROM golang:(\d+\.\d+\.\d+)-`)
	if version.Lang(image) != version.Lang(module) || version.Compare(image, module) < 0 {
		t.Errorf("the Dockerfile uses %s, want %s or a later patch of it, as in go.mod", image, module)
	}
}

func TestBuildContextContainsEveryPackage(t *testing.T) {
	ignored := readFile(t, folder+"/Dockerfile.dockerignore")
	const format = "{{with .Module}}{{if .Main}}{{$.ImportPath}}{{end}}{{end}}"
	out, err := exec.Command("go", "list", "-deps", "-f", format, "../../cmd/parley").Output()
	if err != nil {
		t.Fatalf("listing the packages of the program: %v", err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		_, path, _ := strings.Cut(pkg, "/parley/")
		topLevel, _, _ := strings.Cut(path, "/")
		if !strings.Contains(ignored, "\n!"+topLevel+"\n") {
			t.Errorf("Dockerfile.dockerignore excludes %s, which the program imports", path)
		}
	}
}

// The paths in the comment and in compose.yaml are easy to forget when a file moves.
func TestDockerfileNamesItsPath(t *testing.T) {
	if want := "docker build -f " + folder + "/Dockerfile "; !strings.Contains(dockerfile(t), want) {
		t.Errorf("the Dockerfile does not contain the command %q", want)
	}
}
