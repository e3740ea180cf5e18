// Package tour runs the tour of the README as it is printed, with curl. The script
// run_postman runs the same steps as a Postman collection.
package tour

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/harness"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// readmeURL is the address of the program in the README.
const readmeURL = "http://127.0.0.1:8000"

// scriptTimeout is far more than the seconds that the tour takes.
const scriptTimeout = 3 * time.Minute

func TestTheTourOfTheREADMEWorksAsPrinted(t *testing.T) {
	rig.Need(t, "bash", "curl")
	script := strings.Join(harness.ReadmeCommands(t, "A five-minute tour"), "")
	if !strings.Contains(script, readmeURL) {
		t.Fatalf("the commands of the tour do not call %s", readmeURL)
	}
	c := harness.Config(t, "RATE_LIMITS", "") // as without any configuration
	script = strings.ReplaceAll(script, readmeURL, harness.Start(t, c).URL())
	output, err := runScript(t, script)
	if err != nil {
		t.Fatalf("the tour failed: %v\n%s", err, output)
	}
	for _, want := range []string{"You said:", `"tier":"Pro"`} {
		if !strings.Contains(output, want) {
			t.Errorf("the output of the tour does not contain %s:\n%s", want, output)
		}
	}
}

// runScript runs commands with bash in an empty folder and returns their output and
// errors. It stops at the first command that fails. The standard input is empty.
func runScript(t *testing.T, script string) (output string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), scriptTimeout)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "no_proxy=127.0.0.1")
	cmd.Stdout = &out
	cmd.Stderr = &out
	cmd.WaitDelay = 5 * time.Second // background processes of the script could keep the output open
	err = cmd.Run()
	return out.String(), err
}
