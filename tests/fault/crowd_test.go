//go:build linux

package fault

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// crowd is people who talk in rooms of their own, and what they know was accepted.
type crowd struct {
	*stack
	seats    []seat
	sent     atomic.Int64
	mu       sync.Mutex
	accepted []string
	broken   map[string]int // what else came back, and how often
}

// seat is a room and its owner.
type seat struct {
	*client.Client
	room string
}

// newCrowd opens rooms at a program, ten to a person.
func (s *stack) newCrowd(at *rig.Parley, rooms int) *crowd {
	s.Helper()
	c := &crowd{stack: s, broken: map[string]int{}}
	var person *client.Client
	for n := range rooms {
		if n%10 == 0 {
			person = rig.Person(s, at.URL())
		}
		c.seats = append(c.seats, seat{person, rig.Room(s, person)})
	}
	return c
}

// send asks for n more messages to be accepted, spread over the rooms by 16
// senders at once, each of which tries its message under one key until it is.
func (c *crowd) send(n int) {
	c.Helper()
	var all sync.WaitGroup
	until := c.sent.Load() + int64(n)
	for range 16 {
		all.Go(func() {
			for i := c.sent.Add(1); i <= until; i = c.sent.Add(1) {
				c.insist(c.seats[int(i)%len(c.seats)], fmt.Sprintf("message %d of %d", i, *seed))
			}
		})
	}
	all.Wait()
	c.sent.Store(until)
}

// patience is how long a sender tries one message.
const patience = 90 * time.Second

func (c *crowd) insist(s seat, text string) {
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		a, err := s.Call("POST", "/chatroom/"+s.room+"/message", map[string]string{"content": text}, "Idempotency-Key", text)
		if err == nil && a.Status == http.StatusAccepted {
			c.note(text, "")
			return
		}
		c.note("", trouble(a, err))
		if time.Since(began) > patience {
			c.Errorf("given up on %q: %d %s %v", text, a.Status, a.Body, err)
			return
		}
	}
}

// trouble is a kind of answer that is no acceptance.
func trouble(a client.Answer, err error) string {
	if err != nil {
		return "no answer"
	}
	kind := fmt.Sprint(a.Status, " ", a.Get("code"))
	if wait := a.Header.Get("Retry-After"); wait != "" {
		kind += ", in " + wait + " s"
	}
	return kind
}

func (c *crowd) note(accepted, trouble string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if accepted != "" {
		c.accepted = append(c.accepted, accepted)
	}
	if trouble != "" {
		c.broken[trouble]++
	}
}

// tally is what the database says of the messages that were accepted.
type tally struct{ Accepted, Lost, Doubled, Waiting, Failed, Wrong int }

// count looks behind the program's back: at Postgres, past the proxy.
func (c *crowd) count() (t tally) {
	c.Helper()
	c.mu.Lock()
	texts := append([]string(nil), c.accepted...)
	c.mu.Unlock()
	conn, err := pgx.Connect(context.Background(), c.postgres.URL("parley"))
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close(context.Background())
	const counted = `
		WITH told AS (
			SELECT t.text, count(DISTINCT p.id) AS prompts, count(r.id) AS replies, count(*) FILTER (WHERE r.status IN ('queued', 'running')) AS waiting,
				count(*) FILTER (WHERE r.status IN ('failed', 'cancelled')) AS failed, count(*) FILTER (WHERE r.status = 'done' AND r.content <> 'You said: ' || t.text) AS wrong
			FROM unnest($1::text[]) AS t(text)
				LEFT JOIN messages p ON p.content = t.text AND p.in_reply_to IS NULL LEFT JOIN messages r ON r.in_reply_to = p.id
			GROUP BY t.text
		)
		SELECT count(*), count(*) FILTER (WHERE prompts = 0 OR replies = 0), count(*) FILTER (WHERE prompts > 1 OR replies > 1),
			count(*) FILTER (WHERE waiting > 0), count(*) FILTER (WHERE failed > 0), count(*) FILTER (WHERE wrong > 0) FROM told`
	if err := conn.QueryRow(context.Background(), counted, texts).Scan(&t.Accepted, &t.Lost, &t.Doubled, &t.Waiting, &t.Failed, &t.Wrong); err != nil {
		c.Fatalf("counting: %v", err)
	}
	return t
}

// answered fails the test unless all that was accepted is answered in time, once
// and rightly, and nothing else was said. It returns how long that took.
func (c *crowd) answered(within time.Duration) time.Duration {
	c.Helper()
	took := rig.Eventually(c, within, "all are answered", func() bool { return c.count().Waiting == 0 })
	t := c.count()
	if t != (tally{Accepted: t.Accepted}) || t.Accepted != int(c.sent.Load()) {
		c.Errorf("of %d messages: %+v", c.sent.Load(), t)
	}
	if all := c.postgres.Count("parley", "SELECT count(*) FROM messages"); all != 2*t.Accepted {
		c.Errorf("%d accepted messages, and %d rows", t.Accepted, all)
	}
	return took
}
