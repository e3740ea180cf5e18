//go:build linux

package rig

import (
	"fmt"
	"os/exec"
)

// Build compiles the program with go build and these flags, and writes the binary to file.
func Build(file string, flags ...string) error {
	args := append([]string{"build", "-o", file}, flags...)
	args = append(args, "github.com/kuvaka-tech/parley/cmd/parley")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return nil
}
