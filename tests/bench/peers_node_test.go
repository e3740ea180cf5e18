//go:build linux

package bench

import (
	"os"
	"os/exec"
	"testing"
)

// installNode copies the Node peer into a new folder and installs its packages there with npm.
func installNode(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("peers/node")); err != nil {
		t.Fatalf("copy the Node peer: %v", err)
	}
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install the packages of the Node peer: %v\n%s", err, out)
	}
	return folder
}

// node is the Node peer.
func (p *peers) node() peer {
	return peer{
		name:     "Node",
		database: "node",
		redis:    1,
		command: func(role string) *exec.Cmd {
			cmd := exec.Command("node", role+".js")
			cmd.Dir = p.modules
			return cmd
		},
		countJobs: []any{"LLEN", "bull:gemini:wait"}, // the key of BullMQ for jobs that no worker has taken
	}
}
