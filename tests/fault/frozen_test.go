//go:build linux

package fault

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// A worker that was frozen past its leases finds stale answers in its hands when
// it wakes, while another worker answers. It writes nothing of them.
func TestAFrozenWorker(t *testing.T) {
	f := &freeze{stale: make(chan struct{}), right: make(chan struct{})}
	s := newStack(t, func(_ string, call int) rig.Act {
		if call == 1 {
			return rig.Act{Until: f.stale, Says: "This is stale."}
		}
		return rig.Act{Amid: f.right}
	})
	f.crowd = s.newCrowd(s.start("api"), times(100, 20))
	f.outlives(s.start("worker", unbound))
	close(f.right)
	f.answered(10 * time.Second)
}

// freeze is of a worker that answers in every room of a crowd.
type freeze struct {
	*crowd
	stale, right chan struct{} // closed when the model may go on with the first worker, and with the other
}

// outlives freezes a worker, has another take over, and wakes the first one in
// the middle of that.
func (f *freeze) outlives(frozen *rig.Parley) {
	f.Helper()
	rooms := len(f.seats)
	f.send(rooms)
	f.asked(f.accepted)
	thaw := frozen.Freeze()
	close(f.stale)
	f.start("worker", unbound)
	waited := rig.Eventually(f, 3*chat.Lease, "the other worker writes in all rooms", func() bool { return f.writing() == rooms })
	before := f.record()
	thaw()
	rig.Eventually(f, 10*time.Second, "the woken worker gives up all its claims", func() bool {
		return strings.Count(frozen.Said.String(), "claim ended by others") == rooms
	})
	if n := f.writing(); n != rooms {
		f.Errorf("the other worker still writes in %d of %d rooms", n, rooms)
	}
	after := f.record()
	if after != before {
		f.Errorf("the record was\n%s\nand is now\n%s", before, after)
	}
	f.Logf("%d answers taken over %s after the freeze; the woken worker left the record unchanged: %t", rooms, waited.Round(time.Millisecond), after == before)
}

// unbound lets a worker answer in all of a person's rooms at once.
const unbound = "USER_CONCURRENCY=0"

// asked waits until the model has been asked each of the texts.
func (c *crowd) asked(texts []string) {
	c.Helper()
	rig.Eventually(c, 10*time.Second, "the model is asked", func() bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return c.model.Calls(text) == 0 })
	})
}

// writing is in how many rooms people see the right answer being written.
func (c *crowd) writing() (n int) {
	c.Helper()
	for _, s := range c.seats {
		a, err := s.Call("GET", "/chatroom/"+s.room+"/messages", nil)
		if err != nil {
			c.Fatal(err)
		}
		var told []struct{ Content, Status string }
		if err := json.Unmarshal(a.Body, &told); err != nil || len(told) != 2 {
			c.Fatalf("a room of a prompt and its reply: %s", a.Body)
		}
		if r := told[1]; r.Status == string(chat.Running) && r.Content != "" && strings.HasPrefix(rig.Answer(told[0].Content), r.Content) {
			n++
		}
	}
	return n
}

// record is what is kept of rooms and messages, but for leases, which go on being renewed.
func (c *crowd) record() (rows string) {
	c.Helper()
	conn := c.dial()
	defer conn.Close(context.Background())
	const all = `SELECT string_agg(concat_ws(' ', r.rev, m.*), E'\n' ORDER BY m.id) FROM rooms r
		JOIN (SELECT room, id, status, content, fence, errors, crashes, unit, rev, tokens_out FROM messages) m ON m.room = r.id`
	if err := conn.QueryRow(context.Background(), all).Scan(&rows); err != nil {
		c.Fatalf("reading the record: %v", err)
	}
	return rows
}
