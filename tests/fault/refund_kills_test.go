//go:build linux

package fault

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// A failed reply refunds its quota unit exactly once, whether its worker is killed before the
// refund is committed, after that, or at a random time.
func TestKilledWorkersRefundOnce(t *testing.T) {
	r := newRefunds(t)
	worker := r.start("worker", "WORKER_CONCURRENCY=16", r.urlWithPatience())
	rounds, messages, kills := times(10, 1), times(200, 120), times(5, 8)
	killed := 0
	for round := range rounds {
		r.killDuringRefunds(worker, round)
		r.sendMixed(round, messages)
		killed += r.killRepeatedly(worker, kills, (round+1)*(4+kills))
		worker.Start()
		rig.Eventually(t, time.Minute, "every reply is final", func() bool { return r.count().Unfinished == 0 })
	}
	interrupted := r.queryInt("SELECT sum(crashes) FROM messages")
	if want := rounds * (4 + kills); interrupted < want {
		t.Errorf("%d random kills and those during refunds interrupted %d attempts, want at least %d",
			killed, interrupted, want)
	}
	wrong := r.checkRefunds()
	t.Logf("%d random kills and %d kills during 8 refunds interrupted %d attempts: %+v; %d users with a wrong quota",
		killed, rounds, interrupted, r.count(), wrong)
}

// urlWithPatience is a DATABASE_URL with which all statements of the test wait for locks at once, until
// the test releases the locks.
func (r *refunds) urlWithPatience() string {
	return "DATABASE_URL=" + rig.Database(r.postgresProxy.Port, database) + "&lock_timeout=30s&pool_max_conns=64"
}

// refunds is a load in which prompts with the mark failing fail permanently.
type refunds struct {
	*load
	held sync.Map // prompt -> channel for which the model waits in its first answer
}

func newRefunds(t *testing.T) *refunds {
	t.Helper()
	r := &refunds{}
	s := newStack(t, func(prompt string, call int) rig.Act {
		act := failMarked(http.StatusBadRequest, prompt)
		act.Latency = 200 * time.Millisecond
		if until, found := r.held.Load(prompt); found && call == 1 {
			act.Until = until.(chan struct{})
		}
		return act
	})
	r.load = s.newLoad(s.start("api"), times(110, 80))
	return r
}

// killDuringRefunds kills a worker while it refunds messages of eight users. Four refunds are
// rolled back. The other four are committed after the kill. Another room of each user gets a
// message whose unit must not be refunded. The worker is not started again.
func (r *refunds) killDuringRefunds(worker *rig.Parley, round int) {
	r.Helper()
	finish := make(chan struct{})
	var prompts []string
	for i := range 8 {
		prompt := fmt.Sprintf("round %d, room %d, %s", round, i, failing)
		prompts = append(prompts, prompt)
		r.held.Store(prompt, finish)
		r.sendText(i*roomsPerUser, prompt)
		r.sendText(i*roomsPerUser+1, fmt.Sprintf("round %d, message %d in another room", round, i))
	}
	r.waitModelCalled(prompts)
	locks := r.blockRooms(len(prompts), func() { close(finish) })
	worker.Kill()
	for _, l := range locks[:4] {
		l.rollBackBlocked()
	}
	for _, l := range locks {
		l.release()
	}
	r.waitReplies(time.Now(), 5*time.Second, chat.Failed, prompts[4:]...)
	if n := r.countReplies(chat.Running, prompts[:4]...); n != 4 {
		r.Errorf("%d replies are running after their refunds were rolled back, want 4", n)
	}
}

// blockRooms locks the first room of each of n users, calls write, and waits until a write to each of the rooms
// waits for its lock.
func (r *refunds) blockRooms(n int, write func()) (locks []*roomLock) {
	r.Helper()
	for i := range n {
		locks = append(locks, r.lockRoom(r.rooms[i*roomsPerUser].id))
	}
	write()
	for _, l := range locks {
		l.waitBlocked()
	}
	return locks
}

// sendMixed sends messages to the rooms of all users except the first. Two of three fail.
func (r *refunds) sendMixed(round, messages int) {
	const senders = 8
	marks := []string{"", failing, failing}
	others := len(r.rooms) - roomsPerUser
	var sending sync.WaitGroup
	for first := range senders {
		sending.Go(func() {
			for i := first; i < messages; i += senders {
				r.sendText(roomsPerUser+i%others, fmt.Sprintf("mixed %d, round %d %s", i, round, marks[i%3]))
			}
		})
	}
	sending.Wait()
}

// checkRefunds fails the test unless every marked message has failed, every other one is
// answered, and only the answered ones use quota units. It returns the number of users whose
// used quota is wrong.
func (r *refunds) checkRefunds() (users int) {
	r.Helper()
	want := totals{Accepted: len(r.accepted)}
	for _, text := range r.accepted {
		want.Failed += strings.Count(text, failing)
	}
	if got := r.count(); got != want {
		r.Errorf("totals of the messages %+v, want %+v", got, want)
	}
	const wrongQuota = `
		WITH answered AS (
			SELECT rooms.owner, count(*) FILTER (WHERE messages.content NOT LIKE '%' || $1) AS n
			FROM rooms JOIN messages ON messages.room = rooms.id
			WHERE messages.in_reply_to IS NULL
			GROUP BY rooms.owner
		), used AS (
			SELECT user_id, sum(n) AS n FROM sent GROUP BY user_id
		)
		SELECT count(*)
		FROM answered LEFT JOIN used ON user_id = owner
		WHERE used.n IS DISTINCT FROM answered.n`
	users = r.queryInt(wrongQuota, failing)
	if users != 0 {
		r.Errorf("%d users have a wrong used quota, want 0", users)
	}
	const wrongUnit = "SELECT count(*) FROM messages WHERE unit <> (status = 'done' AND in_reply_to IS NOT NULL)"
	if n := r.queryInt(wrongUnit); n != 0 {
		r.Errorf("%d messages have a wrong unit flag, want it only for answered replies", n)
	}
	return users
}
