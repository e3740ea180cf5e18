package flow

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

// abusedModel fails as the prompt says, and counts its calls for each first word of a prompt.
type abusedModel struct {
	mu    sync.Mutex
	calls map[chat.Purpose]map[string]int
}

// failures are the answers of an abusedModel, by the first word of the prompt. A reply with one of
// them is called, at most, this often.
var failures = map[string]struct {
	calls int
	err   error
}{
	"blocked":     {calls: 1, err: &reply.Failure{Code: reply.CodeBlocked}},
	"rejected":    {calls: 1, err: &reply.Failure{Code: reply.CodeRejected}},
	"unavailable": {calls: 4, err: &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}},
	"silent":      {calls: 4},
	"cancelled":   {calls: 1},
	"answered":    {calls: 1},
}

// Answer implements ports.LLM.
func (m *abusedModel) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	how, _, _ := strings.Cut(p.Turns[0].Text, " ")
	m.mu.Lock()
	if m.calls[p.Purpose] == nil {
		m.calls[p.Purpose] = map[string]int{}
	}
	m.calls[p.Purpose][how]++
	m.mu.Unlock()
	switch {
	case p.Purpose != chat.ForAnswer || how == "answered":
		return chat.Usage{}, emit("Owls.")
	case how == "cancelled":
		<-ctx.Done()
		return chat.Usage{}, ctx.Err()
	}
	return chat.Usage{}, failures[how].err
}

// count returns how often the model was called.
func (m *abusedModel) count(purpose chat.Purpose, how string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[purpose][how]
}

// abuser is a user who sends as fast as the quota allows, in several rooms.
type abuser struct {
	device
	how      string // the first word of the prompts
	rooms    []string
	mu       sync.Mutex
	accepted int
}

// send sends messages to a room until the time is over. It cancels each one if it should.
func (a *abuser) send(room string, until time.Time) {
	for time.Now().Before(until) {
		r, err := a.Call("POST", "/chatroom/"+room+"/message", object{"content": a.how + " prompt"})
		switch {
		case err != nil:
			a.Errorf("a send failed: %v", err)
		case r.Status == http.StatusTooManyRequests:
			time.Sleep(time.Second)
		case r.Status != http.StatusAccepted:
			a.Errorf("response %d %s, want 202 or 429", r.Status, r.Body)
		default:
			a.count()
			a.cancelIfWanted(r.Header.Get("Location"))
		}
	}
}

func (a *abuser) count() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.accepted++
}

func (a *abuser) cancelIfWanted(replyPath string) {
	if a.how != "cancelled" {
		return
	}
	if r, err := a.Call("POST", replyPath+"/cancel", nil); err != nil || r.Status != http.StatusAccepted {
		a.Errorf("cancel: response %d %s, error %v; want 202", r.Status, r.Body, err)
	}
}

// check checks what the user got, and what it cost. allEnded says whether all replies have ended;
// otherwise some that are retried may still run.
func (a *abuser) check(c configs.Config, m *abusedModel, allEnded bool) {
	a.Helper()
	limit := int(c.Plans.Basic.Terms.Limit)
	want, titles := limit+int(c.DailyRefunds), 0
	if a.how == "answered" {
		want, titles = limit, len(a.rooms)
	}
	if a.accepted > want || a.accepted < want && allEnded {
		a.Errorf("%s: %d messages were accepted, want %d: the limit and the refunds", a.how, a.accepted, want)
	}
	for purpose, most := range map[chat.Purpose]int{
		chat.ForAnswer: failures[a.how].calls * want, chat.ForTitle: titles, chat.ForSummary: 0,
	} {
		if n := m.count(purpose, a.how); n > most {
			a.Errorf("%s: the model was called %d times for %v, want %d at most for %d messages in short rooms",
				a.how, n, purpose, most, want)
		}
	}
	if allEnded {
		a.checkMessageCount(limit)
	}
}

// abuse lets a user for each kind of failure send to several rooms for some time. The rooms have no
// names, so that answers lead to titles.
func abuse(t *testing.T, d time.Duration, newDevice func(p *program) device, options ...boot.Option) {
	t.Helper()
	m := &abusedModel{calls: map[chat.Purpose]map[string]int{}}
	c := config(t, "BASIC_DAILY_LIMIT", "4", "DAILY_REFUNDS", "3")
	p := start(t, c, append(options, withLLM(m))...)
	until := time.Now().Add(d)
	var all []*abuser
	var sending sync.WaitGroup
	for how := range failures {
		a := &abuser{device: newDevice(p).Login(client.Number()), how: how}
		a.rooms = []string{a.newRoom(object{}), a.newRoom(object{}), a.newRoom(object{})}
		all = append(all, a)
		for _, room := range a.rooms {
			sending.Go(func() { a.send(room, until) })
		}
	}
	sending.Wait()
	for _, a := range all {
		a.check(c, m, d == time.Hour || failures[a.how].calls == 1)
	}
}

// Within the time, replies that are retried do not end, but all others do.
func TestAUserWhoseMessagesFailHasABoundedNumberOfThem(t *testing.T) {
	abuse(t, 5*time.Second, (*program).tcpDevice)
}

func TestAUserWhoseMessagesFailForAnHourHasABoundedNumberOfThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { abuse(t, time.Hour, (*program).newDevice, boot.InProcess()) })
}
