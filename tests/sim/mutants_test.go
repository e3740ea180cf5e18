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

var mutants = flag.Bool("mutants", false, "inject bugs into the program, one by one; each must be found")

// bug is a change of one file that the simulation must find.
type bug struct{ name, file, right, wrong string }

var bugs = []bug{
	{
		name:  "the fence is not checked",
		file:  "core/reply/lease.go",
		right: "r.Status != chat.Running || r.Fence != fence",
		wrong: "r.Status != chat.Running",
	},
	{
		name:  "nothing is refunded",
		file:  "core/reply/outcome.go",
		right: "return r.releaseUnit(), nil",
		wrong: "return false, nil",
	},
	{
		name:  "a unit is refunded twice",
		file:  "adapters/memory/reply_queue.go",
		right: "s.messageCounts[countKey{user: m.User, day: m.Day}]--",
		wrong: "s.messageCounts[countKey{user: m.User, day: m.Day}] -= 2",
	},
	{
		name:  "a unit is refunded to the wrong day",
		file:  "adapters/memory/reply_queue.go",
		right: "s.messageCounts[countKey{user: m.User, day: m.Day}]--",
		wrong: "s.messageCounts[countKey{user: m.User, day: m.Day + 1}]--",
	},
	{
		name:  "the newest prompt of a room is answered first",
		file:  "core/reply/next_in_room.go",
		right: "r.Born < head.Born",
		wrong: "r.Born > head.Born",
	},
	{
		name:  "a reply that waits for its retry does not block its room",
		file:  "core/reply/next_in_room.go",
		right: "case r.Status == chat.Queued && (",
		wrong: "case r.Status == chat.Queued && !now.Before(r.Due) && (",
	},
	{
		name:  "a room has two running replies",
		file:  "core/reply/next_in_room.go",
		right: "case r.Status == chat.Running:\n\t\t\thead = r",
		wrong: "case r.Status == chat.Running && !now.Before(r.LeaseExpires):\n\t\t\thead = r",
	},
	{
		name:  "one message over the limit",
		file:  "core/quota/quota.go",
		right: "used < int(l)",
		wrong: "used <= int(l)",
	},
	{
		name:  "idempotency keys are ignored",
		file:  "adapters/memory/messages_accept.go",
		right: "return first, ok && d.Key != \"\"",
		wrong: "return first, ok && d.Key == \"never\"",
	},
	{
		name:  "the message counts on the next day",
		file:  "adapters/memory/messages_accept.go",
		right: "day: quota.DayOf(d.Now)}\n\taccepted",
		wrong: "day: quota.DayOf(d.Now) + 1}\n\taccepted",
	},
	{
		name:  "Pro has the limit of Basic",
		file:  "adapters/memory/messages_accept.go",
		right: "if u.IsPro(d.Now)",
		wrong: "if !u.IsPro(d.Now)",
	},
	{
		name:  "the sweep claims nothing",
		file:  "adapters/worker/sweep.go",
		right: "\tw.claimForFreeSlots(ctx, attemptCtx)\n\tw.logError",
		wrong: "\tw.logError",
	},
	{
		name:  "the replies of a deleted room stay in the queue",
		file:  "adapters/memory/rooms.go",
		right: "delete(s.unfinished, p.ID)",
		wrong: "_ = p",
	},
	{
		name:  "the model sees fallback texts",
		file:  "core/chat/history.go",
		right: "m.Status == Done || m.Status == Cancelled",
		wrong: "m.Status == Done || m.Status == Failed || m.Status == Cancelled",
	},
	{
		name:  "a webhook is ignored at first",
		file:  "app/subscribe/webhook.go",
		right: "err != nil || applied",
		wrong: "err != nil || !applied",
	},
	{
		name:  "a lease never expires",
		file:  "core/reply/lease.go",
		right: "r.Status == chat.Running && !now.Before(r.LeaseExpires)",
		wrong: "false",
	},
	{
		name:  "one running reply over the user's limit",
		file:  "core/reply/schedule.go",
		right: "running[r.User]+started[r.User] >= perUser",
		wrong: "running[r.User]+started[r.User] > perUser",
	},
	{
		name:  "the user's limit ignores running replies",
		file:  "adapters/memory/reply_queue.go",
		right: "count[m.User]++",
		wrong: "count[m.User] += 0",
	},
	{
		name:  "an answer that was cut off counts as complete",
		file:  "app/answer/answer.go",
		right: "if err == nil {\n\t\treturn Result{Outcome",
		wrong: "if err == nil || text != \"\" {\n\t\treturn Result{Outcome",
	},
}

// TestMutants builds this package with each bug through an overlay, so that no file of the
// project changes. One of 1,000 days must find the bug.
func TestMutants(t *testing.T) {
	if !*mutants {
		t.Logf("NOT RUN: %d injected bugs need -mutants", len(bugs))
		return
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatalf("find the root of the project: %v", err)
	}
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			out, err := b.run(t, root)
			if err == nil {
				t.Fatal("1000 days did not find the bug")
			}
			found := regexp.MustCompile(`seed (\d+) breaks:\n *(.*)`).FindSubmatch(out)
			if found == nil {
				t.Fatalf("the simulation failed, but not because of a broken invariant:\n%s", out[:min(len(out), 2000)])
			}
			t.Logf("seed %s: %s", found[1], found[2])
		})
	}
}

// run simulates days of a program with the bug.
func (b bug) run(t *testing.T, root string) ([]byte, error) {
	t.Helper()
	file := filepath.Join(root, b.file)
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("read %s: %v", b.file, err)
	}
	if n := bytes.Count(source, []byte(b.right)); n != 1 {
		t.Fatalf("%s contains the code to break %d times, want once: update the list of bugs", b.file, n)
	}
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.go")
	overlay := filepath.Join(dir, "overlay.json")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {file: broken}})
	if err != nil {
		t.Fatalf("encode the overlay: %v", err)
	}
	write(t, broken, strings.Replace(string(source), b.right, b.wrong, 1))
	write(t, overlay, string(replaced))
	cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", overlay,
		"-run", "TestDays", "./tests/sim", "-seeds", "1000", "-replays", "0")
	cmd.Dir = root
	return cmd.CombinedOutput()
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatalf("write %s: %v", file, err)
	}
}
