//go:build linux

package fault

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// pair is two programs that answer requests, and no worker.
func (s *stack) pair(env ...string) [2]*rig.Parley {
	s.Helper()
	return [2]*rig.Parley{s.start("api", env...), s.start("api", env...)}
}

// atOnce sends n messages to one room, by turns through both programs. They
// differ in what content makes of their number.
func (s *stack) atOnce(apis [2]*rig.Parley, token, room string, n int, content func(i int) string, headers ...string) []client.Answer {
	s.Helper()
	answers := make([]client.Answer, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			a, err := client.At(apis[i%2].URL()).As(token).Call("POST", "/chatroom/"+room+"/message", map[string]string{"content": content(i)}, headers...)
			if err != nil {
				s.Errorf("no answer: %v", err)
			}
			answers[i] = a
		})
	}
	close(start)
	all.Wait()
	return answers
}

// calm puts off what must not meet midnight, when the day's count begins anew.
func calm() {
	if left := time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)); left < 10*time.Second {
		time.Sleep(left)
	}
}

// 200 sends at once by a Basic user, through two processes: five are accepted, in every run.
func TestTheQuotaOfTwoProcesses(t *testing.T) {
	s := newStack(t, nil)
	apis := s.pair("BASIC_DAILY_LIMIT=5")
	runs, accepted, refused := times(20, 3), 0, 0
	for range runs {
		calm()
		p := rig.Person(s, apis[0].URL())
		yes, no := s.twoHundred(apis, p.Token, rig.Room(s, p))
		accepted, refused = accepted+yes, refused+no
	}
	t.Logf("%d runs of 200 sends at once: %d accepted, %d refused with Retry-After", runs, accepted, refused)
}

func (s *stack) twoHundred(apis [2]*rig.Parley, token, room string) (accepted, refused int) {
	s.Helper()
	for _, a := range s.atOnce(apis, token, room, 200, func(i int) string { return fmt.Sprint("message ", i) }) {
		switch {
		case a.Status == http.StatusAccepted:
			accepted++
		case a.Status == http.StatusTooManyRequests && a.Get("code") == "quota_exhausted" && a.Header.Get("Retry-After") != "":
			refused++
		default:
			s.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if accepted != 5 || refused != 195 {
		s.Errorf("%d accepted, %d refused", accepted, refused)
	}
	s.kept(room, 5)
	return accepted, refused
}

// kept fails the test unless that many messages are in a room, and were counted as its owner's.
func (s *stack) kept(room string, messages int) {
	s.Helper()
	const rows = "SELECT count(*) FROM messages WHERE room = $1::uuid AND in_reply_to IS NULL"
	const units = "SELECT coalesce(sum(n), 0) FROM sent WHERE user_id = (SELECT owner FROM rooms WHERE id = $1::uuid)"
	if n, used := s.postgres.Count("parley", rows, room), s.postgres.Count("parley", units, room); n != messages || used != messages {
		s.Errorf("%d messages kept, %d units taken, want %d", n, used, messages)
	}
}

// One Idempotency-Key 50 times at once through two processes is one message, whose
// answer all get. Of two bodies at once under one key one is the message.
func TestOneKeyThroughTwoProcesses(t *testing.T) {
	s := newStack(t, nil)
	apis := s.pair("BASIC_DAILY_LIMIT=5")
	runs, equal, other := times(20, 5), 0, 0
	for range runs {
		calm()
		p := rig.Person(s, apis[0].URL())
		equal += s.oneMessage(apis, p.Token, rig.Room(s, p))
		p = rig.Person(s, apis[0].URL())
		other += s.oneOfTwo(apis, p.Token, rig.Room(s, p))
	}
	t.Logf("%d runs of 50 sends at once under one key: %d equal answers; as many runs of two bodies, 26 times each, at once: %d refused", runs, equal, other)
}

// oneMessage sends it 50 times, then another, and returns how many answers were the first one's.
func (s *stack) oneMessage(apis [2]*rig.Parley, token, room string) (equal int) {
	s.Helper()
	answers := s.atOnce(apis, token, room, 50, func(int) string { return "once" }, "Idempotency-Key", "key")
	for _, a := range answers {
		if a.Status != http.StatusAccepted || string(a.Body) != string(answers[0].Body) || a.Header.Get("Location") != answers[0].Header.Get("Location") {
			s.Errorf("%d %s %s, want what another got: %s", a.Status, a.Header.Get("Location"), a.Body, answers[0].Body)
			continue
		}
		equal++
	}
	s.kept(room, 1)
	for _, a := range s.atOnce(apis, token, room, 2, func(int) string { return "other" }, "Idempotency-Key", "key") {
		if a.Status != http.StatusUnprocessableEntity || a.Get("code") != "idempotency_mismatch" {
			s.Errorf("another body: %d %s", a.Status, a.Body)
		}
	}
	s.kept(room, 1)
	return equal
}

// oneOfTwo sends two messages under one key, 26 times each, and returns how many were refused.
func (s *stack) oneOfTwo(apis [2]*rig.Parley, token, room string) (refused int) {
	s.Helper()
	outcome := map[string]int{}
	for i, a := range s.atOnce(apis, token, room, 52, func(i int) string { return fmt.Sprint(i / 2 % 2) }, "Idempotency-Key", "key") {
		outcome[fmt.Sprint(i/2%2, " ", a.Status, " ", a.Get("code"))]++
	}
	first := outcome["0 202 "] == 26 && outcome["1 422 idempotency_mismatch"] == 26
	if other := outcome["1 202 "] == 26 && outcome["0 422 idempotency_mismatch"] == 26; !first && !other {
		s.Errorf("%v", outcome)
	}
	s.kept(room, 1)
	return outcome["0 422 idempotency_mismatch"] + outcome["1 422 idempotency_mismatch"]
}
