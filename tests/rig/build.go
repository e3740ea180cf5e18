//go:build linux

package rig

import (
	"fmt"
	"os/exec"
)

// Build compiles the program to a file.
func Build(file string, flags ...string) error {
	args := append([]string{"build", "-o", file}, flags...)
	if out, err := exec.Command("go", append(args, "github.com/kuvaka-tech/parley/cmd/parley")...).CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return nil
}
