//go:build linux

package bench

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// asked is how fresh users were answered.
type asked struct {
	mu      sync.Mutex
	took    []time.Duration // from the 202 to the answer
	refused int             // without a 202
	late    int             // without an answer in time
}

func (a *asked) add(status int, answered bool, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case status != http.StatusAccepted:
		a.refused++
	case !answered:
		a.late++
	default:
		a.took = append(a.took, took)
	}
}

// describe gives the times without the model's.
func (a *asked) describe(latency time.Duration) string {
	text := fmt.Sprintf("%d answered, %d refused, %d not answered within %s",
		len(a.took), a.refused, a.late, answerLimit)
	if len(a.took) == 0 {
		return text
	}
	q := func(share float64) time.Duration {
		return (quantile(a.took, share) - latency).Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("%s; p50 %s, p99 %s, maximum %s", text, q(.5), q(.99), q(1))
}

// askInTurn lets a fresh user ask every askEvery for the duration of a measurement.
func (m *backlogs) askInTurn(at *client.Client) *asked {
	m.Helper()
	a := &asked{}
	var asking sync.WaitGroup
	for end := time.Now().Add(*duration); time.Now().Before(end); time.Sleep(askEvery) {
		n := m.fresh()
		asking.Go(func() { a.ask(at.As(m.accessTokens[n-1]), n) })
	}
	asking.Wait()
	return a
}

// fresh returns the number of a user who has no messages.
func (m *backlogs) fresh() int {
	m.Helper()
	if m.next > len(m.accessTokens) {
		m.Fatalf("all %d fresh users have asked; use fewer rounds or a shorter duration", freshUsers)
	}
	m.next++
	return m.next - 1
}

// ask sends a message as user n and waits for the answer.
func (a *asked) ask(d *client.Client, n int) {
	path := fmt.Sprintf("/chatroom/%s/message", uuid(roomKind, n))
	sent, err := d.Call("POST", path, map[string]string{"content": "hello"})
	if err != nil || sent.Status != http.StatusAccepted {
		a.add(sent.Status, false, 0)
		return
	}
	began := time.Now()
	wait := fmt.Sprintf("?wait=%d", int(answerLimit.Seconds()))
	got, err := d.Call("GET", sent.Header.Get("Location")+wait, nil)
	a.add(sent.Status, err == nil && got.Status == http.StatusOK && got.Field("status") == "done", time.Since(began))
}

// watchReadiness asks the processes twice a second whether they are ready. The returned function
// stops this and describes the answers.
func watchReadiness(processes ...*rig.Parley) (stop func() string) {
	stopped, described := make(chan struct{}), make(chan string)
	go func() {
		counts := map[int]int{} // by status, 0 for no answer
		var slowest time.Duration
		for {
			select {
			case <-stopped:
				described <- fmt.Sprintf("%v by status, the slowest took %s", counts, slowest.Round(time.Millisecond))
				return
			case <-time.After(500 * time.Millisecond):
			}
			for _, p := range processes {
				slowest = max(slowest, timed(func() { counts[readiness(p)]++ }))
			}
		}
	}()
	return func() string {
		close(stopped)
		return <-described
	}
}

// readiness returns the status of /readyz, 0 for no answer within 5 s.
func readiness(p *rig.Parley) int {
	quick := http.Client{Timeout: 5 * time.Second}
	res, err := quick.Get(p.URL() + "/readyz")
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}
