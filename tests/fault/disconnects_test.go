//go:build linux

package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// Clients disconnect at any time of a request: before the response, during a stream of events
// and during a long-poll. No process answers 5xx or logs an error, no goroutine
// remains, and every accepted message is answered.
func TestDisconnectedClientsLeaveNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t, wordEvery10ms)
	api := s.start("api")
	s.checkDisconnects(api, api, s.start("worker"))
}

// The same on memory.
func TestDisconnectedClientsLeaveNothingOnMemory(t *testing.T) {
	t.Parallel()
	s := newMemoryStack(t, wordEvery10ms)
	all := s.start("serve")
	s.checkDisconnects(all, all)
}

// wordEvery10ms is a model that sends a word every 10 ms.
func wordEvery10ms(string, int) rig.Act { return rig.Act{Every: 10 * time.Millisecond} }

// disconnects are clients that disconnect.
type disconnects struct {
	*stack
	api       *rig.Parley
	processes []*rig.Parley
	transport *http.Transport // has no connections of other tests

	mu       sync.Mutex
	received map[string]int // number of requests, by what their clients had received
}

// checkDisconnects runs rounds of requests whose clients disconnect, and checks what remains
// in the processes.
func (s *stack) checkDisconnects(api *rig.Parley, processes ...*rig.Parley) {
	s.Helper()
	d := &disconnects{
		stack:     s,
		api:       api,
		processes: processes,
		transport: &http.Transport{},
		received:  map[string]int{},
	}
	d.round() // opens what the processes keep open
	before := d.countGoroutines()
	rounds := times(40, 3)
	for range rounds - 1 { // checkGoroutines runs the last one
		d.round()
	}
	d.checkGoroutines(before)
	for _, p := range processes {
		checkNoServerErrors(p)
	}
	s.Logf("%d rounds: clients that disconnected had received %v; goroutines before %v, after %v",
		rounds, d.received, before, d.countGoroutines())
}

// round sends each of the requests to new rooms, and disconnects. Then it waits until every
// message is answered.
func (d *disconnects) round() {
	d.Helper()
	l := d.newLoad(d.api, concurrentSenders)
	through := client.Using(&http.Client{Transport: d.transport}, d.api.URL())
	var clients sync.WaitGroup
	for n, r := range l.rooms {
		clients.Go(func() {
			there := room{client.Device{Client: through.As(r.Token), TB: d}, r.id}
			for i, request := range requests {
				text := fmt.Sprintf("message %d to room %d, seed %d", i, n, *seed)
				if d.disconnect(there, text, request) {
					l.recordAccepted(r.id + text)
				}
			}
			d.cutShort(there)
		})
	}
	clients.Wait()
	rig.Eventually(d, 30*time.Second, "all accepted messages are answered", l.isAnswered)
	if l.countFailures() > 0 {
		d.Errorf("failed requests %v, want none", l.failures)
	}
}

// requests are the requests whose clients disconnect. Each first sends a message, or is the
// one that sends it.
var requests = []func(ctx context.Context, r room, text string) (*client.Stream, error){
	func(ctx context.Context, r room, text string) (*client.Stream, error) {
		return r.open(ctx, text, "Accept", "text/event-stream")
	},
	func(ctx context.Context, r room, text string) (*client.Stream, error) {
		return r.open(ctx, text)
	},
	func(ctx context.Context, r room, text string) (*client.Stream, error) {
		r.Send(r.id, text)
		return r.Open(ctx, "GET", "/chatroom/"+r.id+"/events", nil)
	},
	func(ctx context.Context, r room, text string) (*client.Stream, error) {
		r.Send(r.id, text)
		return r.Open(ctx, "GET", "/events", nil)
	},
	func(ctx context.Context, r room, text string) (*client.Stream, error) {
		return r.Open(ctx, "GET", r.Send(r.id, text)+"?wait=30", nil)
	},
}

// open sends a message.
func (r room) open(ctx context.Context, text string, headers ...string) (*client.Stream, error) {
	body := map[string]string{"content": text}
	return r.Open(ctx, "POST", "/chatroom/"+r.id+"/message", body, headers...)
}

// disconnect sends a request, and disconnects after a random time. It reports whether the
// client has received the headers of the response.
func (d *disconnects) disconnect(
	r room, text string, request func(context.Context, room, string) (*client.Stream, error),
) (hasHeaders bool) {
	ctx, cancel := context.WithTimeout(context.Background(), rand.N(200*time.Millisecond))
	defer cancel()
	stream, err := request(ctx, r, text)
	if err != nil {
		d.count("nothing")
		return false
	}
	defer stream.Close()
	events := 0
	for err == nil {
		_, err = stream.Next()
		events++
	}
	switch {
	case errors.Is(err, io.EOF):
		d.count("everything")
	case events > 1:
		d.count("events")
	default:
		d.count("only the headers")
	}
	return true
}

// cutShort sends a part of a request, and disconnects after a random time.
func (d *disconnects) cutShort(r room) {
	conn, err := net.Dial("tcp", rig.Loopback(d.api.Port))
	if err != nil {
		d.Errorf("connect to Parley: %v", err)
		return
	}
	defer conn.Close()
	body := `{"content":"cut short"}`
	request := fmt.Sprintf("POST /chatroom/%s/message HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", r.id, r.Token, len(body), body)
	_, _ = io.WriteString(conn, request[:rand.IntN(len(request))])
	time.Sleep(rand.N(50 * time.Millisecond))
	d.count("a part of the request sent")
}

func (d *disconnects) count(received string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.received[received]++
}

// isAnswered reports whether every reply in the rooms is done, and every accepted message is there.
func (l *load) isAnswered() bool {
	l.Helper()
	stored := map[string]bool{}
	for _, r := range l.rooms {
		var messages []client.Message
		page := r.Want(http.StatusOK, "GET", "/chatroom/"+r.id+"/messages", nil)
		if err := page.Decode(&messages); err != nil {
			l.Fatalf("decode a page of messages: %v", err)
		}
		prompts := map[string]string{}
		for _, m := range messages {
			switch {
			case m.IsFromUser:
				prompts[m.ID] = m.Content
				stored[r.id+m.Content] = true
			case m.Status != "done" || m.Content != rig.Answer(prompts[m.InReplyTo]):
				return false
			}
		}
	}
	for _, text := range l.accepted {
		if !stored[text] {
			return false
		}
	}
	return true
}

// countGoroutines returns the number of goroutines of each process.
func (d *disconnects) countGoroutines() (all []int) {
	d.Helper()
	d.transport.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	for _, p := range d.processes {
		all = append(all, p.Metric("go_goroutines"))
	}
	return all
}

// settleTimeout is shorter than the 15 s after which a stream of events sends a ping, and the 30 s
// of a long-poll. So goroutines that notice a disconnected client only then are found.
const settleTimeout = 5 * time.Second

// checkGoroutines fails the test unless each process has as many goroutines as before, or a few
// more for its connections to other servers. A busy machine may need more time than settleTimeout.
// So it gets three attempts, each after new disconnections: goroutines that remain would remain
// each time.
func (d *disconnects) checkGoroutines(before []int) {
	d.Helper()
	for range 3 {
		d.round()
		if d.settle(before) {
			return
		}
	}
	d.Errorf("goroutines %s after disconnections: %v, want at most %d more than before: %v",
		settleTimeout, d.countGoroutines(), moreGoroutines, before)
}

const moreGoroutines = 10

// settle waits until no process has more than moreGoroutines more than before. It returns false
// after settleTimeout.
func (d *disconnects) settle(before []int) bool {
	d.Helper()
	for until := time.Now().Add(settleTimeout); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		more := 0
		for i, n := range d.countGoroutines() {
			more = max(more, n-before[i])
		}
		if more <= moreGoroutines {
			return true
		}
	}
	return false
}

// checkNoServerErrors fails the test if the metrics or the log of a process have a response
// with a status of 500 or above, or if it has logged an error.
func checkNoServerErrors(p *rig.Parley) {
	p.Helper()
	if n := p.Metric("parley_http_requests_total", `status="5`); n > 0 {
		p.Errorf("the metrics of %s have %d responses with 5xx, want none", p, n)
	}
	for line := range strings.Lines(p.Logs.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"status":5`) {
			p.Errorf("%s has logged an error: %s", p, line)
		}
	}
}
