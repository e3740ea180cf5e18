package harness

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var bashBlock = regexp.MustCompile("(?ms)^```bash\n(.*?)^```$")

// ReadmeCommands returns the blocks of bash commands in a section of README.md. It
// fails the test if there are none. The heading is the text after "## ". The test
// must be in a folder of tests.
func ReadmeCommands(t testing.TB, heading string) (blocks []string) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatalf("read the README: %v", err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, block := range bashBlock.FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, block[1])
	}
	if len(blocks) == 0 {
		t.Fatalf("README.md has no block of bash commands under %q", heading)
	}
	return blocks
}
