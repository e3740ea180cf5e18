//go:build linux

package fault

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// A worker is suspended until its leases have expired and another worker has claimed its
// replies. When it resumes, it receives answers of the model but writes none of them.
func TestSuspendedWorkerWritesNothing(t *testing.T) {
	s := &suspension{first: make(chan struct{}), second: make(chan struct{})}
	st := newStack(t, func(_ string, call int) rig.Act {
		if call == 1 {
			return rig.Act{Until: s.first, Says: "This answer is stale."}
		}
		return rig.Act{Amid: s.second}
	})
	s.load = st.newLoad(st.start("api"), times(100, 20))
	s.takeOver(st.start("worker"))
	close(s.second)
	s.checkAnswered(10 * time.Second)
}

// suspension suspends a worker that has a running reply in every room of a load.
type suspension struct {
	*load
	first, second chan struct{} // closed when the model may finish its first and second answers
}

// takeOver suspends a worker and starts another, which claims all replies. It resumes the
// first worker while the second one is writing.
func (s *suspension) takeOver(worker *rig.Parley) {
	s.Helper()
	n := len(s.rooms)
	s.send(n)
	s.waitModelCalled(s.accepted)
	thaw := worker.Freeze()
	close(s.first)
	s.start("worker")
	waited := rig.Eventually(s, 3*reply.Lease, "the second worker writes in all rooms", func() bool {
		return s.countStreaming() == n
	})
	before := s.snapshot()
	thaw()
	rig.Eventually(s, 10*time.Second, "the resumed worker has lost all its claims", func() bool {
		return worker.Logs.Count("claim ended") == n
	})
	if streaming := s.countStreaming(); streaming != n {
		s.Errorf("the second worker writes in %d rooms after the first has resumed, want %d", streaming, n)
	}
	if after := s.snapshot(); after != before {
		s.Errorf("the resumed worker changed the messages from\n%s\nto\n%s", before, after)
	}
	s.Logf("%d replies claimed by another worker %s after the suspension", n, waited.Round(time.Millisecond))
}

// countStreaming returns in how many rooms the API shows a running reply with the beginning of
// the correct answer.
func (l *load) countStreaming() (n int) {
	l.Helper()
	for _, r := range l.rooms {
		res := r.Want(http.StatusOK, "GET", "/chatroom/"+r.id+"/messages", nil)
		var messages []struct{ Content, Status string }
		if err := res.Decode(&messages); err != nil || len(messages) != 2 {
			l.Fatalf("messages of a room: %s, error %v; want a prompt and its reply", res.Body, err)
		}
		prompt, answer := messages[0], messages[1]
		if answer.Status == string(chat.Running) && answer.Content != "" &&
			strings.HasPrefix(rig.Answer(prompt.Content), answer.Content) {
			n++
		}
	}
	return n
}

// snapshot returns what a worker could write to rooms and messages. It omits the leases,
// because the second worker renews them.
func (l *load) snapshot() (rows string) {
	l.Helper()
	conn := l.connect()
	defer conn.Close(context.Background())
	const query = `
		SELECT string_agg(concat_ws(' ', rooms.rev, m.*), E'\n' ORDER BY m.id)
		FROM rooms JOIN (
			SELECT room, id, status, content, fence, errors, crashes, unit, rev, tokens_out FROM messages
		) m ON m.room = rooms.id`
	if err := conn.QueryRow(context.Background(), query).Scan(&rows); err != nil {
		l.Fatalf("read the rooms and messages: %v", err)
	}
	return rows
}
