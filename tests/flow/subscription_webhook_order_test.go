package flow

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	randomOrderUsers = 200
	webhookSenders   = 8
	webhookCopies    = 3 // how often each event is sent
)

// randomQueue holds the payloads of events that are still to be sent. It returns them in
// random order.
type randomQueue struct {
	mu       sync.Mutex
	random   *rand.Rand
	payloads [][]byte
	closed   bool
	changed  *sync.Cond
}

func newRandomQueue(random *rand.Rand) *randomQueue {
	q := &randomQueue{random: random}
	q.changed = sync.NewCond(&q.mu)
	return q
}

func (q *randomQueue) put(payloads ...[]byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.payloads = append(q.payloads, payloads...)
	q.changed.Broadcast()
}

// close makes take return false when the queue is empty.
func (q *randomQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// take waits for a payload. It returns false when the queue is closed and empty.
func (q *randomQueue) take() (payload []byte, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.payloads) == 0 && !q.closed {
		q.changed.Wait()
	}
	if len(q.payloads) == 0 {
		return nil, false
	}
	i, last := q.random.IntN(len(q.payloads)), len(q.payloads)-1
	payload = q.payloads[i]
	q.payloads[i] = q.payloads[last]
	q.payloads = q.payloads[:last]
	return payload, true
}

// startSenders starts goroutines that send the payloads of the queue until it is closed
// and empty.
func (q *randomQueue) startSenders(send func(payload []byte)) (wait func()) {
	var senders sync.WaitGroup
	for range webhookSenders {
		senders.Go(func() {
			for payload, ok := q.take(); ok; payload, ok = q.take() {
				send(payload)
			}
		})
	}
	return senders.Wait
}

// newLoggedRandom returns a random generator and logs its seed.
func newLoggedRandom(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed of the random order: %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// While a subscription changes, 8 senders send the events so far, each three times and in
// random order. In the end the program must have the state of the provider. Webhooks of
// the pretend payments are dropped, because the test sends its own.
func TestWebhooksInRandomOrderOnPostgres(t *testing.T) {
	// Postgres does not crash in this test, so a commit need not wait for the disk.
	useStack(t, stackConfig(t, newSchema(t)+"&synchronous_commit=off", false))
	random := newLoggedRandom(t)
	s := &paymentsSpy{}
	p := start(t, config(t), append(s.options(), boot.InProcess())...)
	s.dropWebhooks()
	began := time.Now()
	for i := range randomOrderUsers {
		d := p.newDevice().Login(client.Number())
		p.changeInRandomOrder(d, s, i, rand.New(rand.NewPCG(random.Uint64(), 0)))
	}
	t.Logf("%d subscriptions took %v", randomOrderUsers, time.Since(began))
}

// changeInRandomOrder takes a user through all changes of a subscription.
func (p *program) changeInRandomOrder(d device, s *paymentsSpy, userIndex int, random *rand.Rand) {
	page, customer := d.checkoutPage(), s.customerOf(d)
	queue, events := newRandomQueue(random), 0
	waitForSenders := queue.startSenders(func(payload []byte) { p.sendFromQueue(s, queue, payload) })
	press := func(page, button string) {
		p.press(page, button)
		payload := webhookPayload(fmt.Sprintf("evt_%d_%d", userIndex, events), customer)
		for range webhookCopies {
			queue.put(payload)
		}
		events++
	}
	press(page, "pay")
	portal := d.syncedPortalPage()
	lastButton := []string{"cancel", "stop"}[userIndex%2]
	for _, button := range []string{"cancel", "resume", "fail", "end", "recover", lastButton} {
		press(portal, button)
	}
	queue.close()
	waitForSenders()
	s.checkSynced(d, customer)
}

// sendFromQueue posts an event. It puts the event back into the queue when it was
// refused, for example because too many requests saved the same subscription.
func (p *program) sendFromQueue(s *paymentsSpy, queue *randomQueue, payload []byte) {
	r := p.postWebhook(payload, s.Sign(payload, time.Now()))
	switch {
	case r.Status == http.StatusOK:
	case r.Status < http.StatusInternalServerError:
		queue.put(payload)
	default:
		p.t.Errorf("response to a webhook = %d %s, want no internal error", r.Status, r.Body)
	}
}
