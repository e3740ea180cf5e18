package sim

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var mutants = flag.Bool("mutants", false, "break the program on purpose, bug by bug, and see that the days find each")

// bug is a change of the program that a day must find.
type bug struct{ name, file, right, wrong string }

var bugs = []bug{
	{"the fence does not hold", "core/chat/reply.go", "r.Status != Running || r.Fence != fence", "r.Status != Running"},
	{"nothing is given back", "core/chat/reply.go", "return o.Refund && r.giveBack(), nil", "return false, nil"},
	{"a unit is given back twice", "adapters/memory/work.go", "s.sent[sentKey{m.User, m.Day}]--", "s.sent[sentKey{m.User, m.Day}] -= 2"},
	{"a unit goes back to the wrong day", "adapters/memory/work.go", "s.sent[sentKey{m.User, m.Day}]--", "s.sent[sentKey{m.User, m.Day + 1}]--"},
	{"the newest prompt of a room goes first", "core/chat/reply.go", "r.Born < head.Born", "r.Born > head.Born"},
	{"a waiting head does not hold its room", "core/chat/reply.go", "case r.Status == Queued && (", "case r.Status == Queued && !now.Before(r.Due) && ("},
	{"a room has two answers under way", "core/chat/reply.go", "case r.Status == Running:\n\t\t\thead = r", "case r.Status == Running && !now.Before(r.Lease):\n\t\t\thead = r"},
	{"one message over the limit", "core/quota/quota.go", "used < int(l)", "used <= int(l)"},
	{"keys are forgotten", "adapters/memory/messages.go", `return first, ok && d.Key != ""`, `return first, ok && d.Key == "never"`},
	{"the day is not the message's", "adapters/memory/messages.go", "day := sentKey{d.User, quota.DayOf(d.Now)}", "day := sentKey{d.User, quota.DayOf(d.Now) + 1}"},
	{"Pro does not hold", "adapters/memory/messages.go", "if u.IsPro(d.Now)", "if !u.IsPro(d.Now)"},
	{"nobody sweeps", "adapters/worker/worker.go", "w.fill(ctx, tasks)\n\t\tw.note", "w.note"},
	{"a deleted room's work stays", "adapters/memory/rooms.go", "delete(s.replies, p.ID)", "_ = p"},
	{"a fallback text is told to the model", "core/chat/history.go", "m.Status == Done || m.Status == Cancelled", "m.Status == Done || m.Status == Failed || m.Status == Cancelled"},
	{"a webhook is applied before it is", "app/subscribe/webhook.go", "err != nil || applied", "err != nil || !applied"},
	{"a lease is never over", "core/chat/reply.go", "r.Status == Running && !now.Before(r.Lease)", "false"},
	{"one answer over a user's bound", "core/chat/turns.go", "running[r.User]+busy[r.User] >= perUser", "running[r.User]+busy[r.User] > perUser"},
	{"a user's bound knows nothing of what runs", "adapters/memory/work.go", "count[m.User]++", "count[m.User] += 0"},
	{"an answer cut short counts", "app/talk/answer.go", "if err != nil {\n\t\tr.Failure = failure(err)", "if err != nil && text == \"\" {\n\t\tr.Failure = failure(err)"},
}

// TestMutants builds this package against each bug through an overlay, so that
// no file of the project is touched, and wants one of 1,000 days to find it.
func TestMutants(t *testing.T) {
	if !*mutants {
		t.Logf("%d injected bugs are looked for only with -mutants", len(bugs))
		return
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			out, err := b.run(t, root)
			if err == nil {
				t.Fatalf("1000 days did not find it")
			}
			found := regexp.MustCompile(`seed (\d+) breaks:\n *(.*)`).FindSubmatch(out)
			if found == nil {
				t.Fatalf("the days ended otherwise than by a broken invariant:\n%s", out[:min(len(out), 2000)])
			}
			t.Logf("seed %s: %s", found[1], found[2])
		})
	}
}

// run tests a program with the bug in it.
func (b bug) run(t *testing.T, root string) ([]byte, error) {
	t.Helper()
	file := filepath.Join(root, b.file)
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(source, []byte(b.right)); n != 1 {
		t.Fatalf("%s has %d places to break, want 1: the list of bugs is out of date", b.file, n)
	}
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.go")
	overlay := filepath.Join(dir, "overlay.json")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {file: broken}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, broken, strings.Replace(string(source), b.right, b.wrong, 1))
	write(t, overlay, string(replaced))
	cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", overlay, "-run", "TestDays", "./tests/sim", "-seeds", "1000", "-replays", "0")
	cmd.Dir = root
	return cmd.CombinedOutput()
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
