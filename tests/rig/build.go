//go:build linux

package rig

import (
	"fmt"
	"os/exec"
)

const module = "github.com/kuvaka-tech/parley/"

// Build compiles the program with go build and these flags, and writes the binary to file.
func Build(file string, flags ...string) error { return BuildCommand("cmd/parley", file, flags...) }

// BuildCommand compiles the command in a folder of the repository with go build and these flags,
// and writes the binary to file.
func BuildCommand(folder, file string, flags ...string) error {
	args := append([]string{"build", "-o", file}, flags...)
	if out, err := exec.Command("go", append(args, module+folder)...).CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", folder, err, out)
	}
	return nil
}
