//go:build linux

package bench

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

const (
	together   = 500 // messages that are sent together, each by another user
	oneByOne   = 100 // messages that are sent one after the other in a round
	fewSenders = 10  // users who send them
)

// measureTogether compares the answers to messages that are sent together.
func (p *peers) measureTogether() {
	p.Helper()
	systems := p.startAll("api", "worker")
	metrics := []metric{
		{name: "answers a second, from the first message to the last answer"},
		{name: "median from a message to its answer in ms", isDelay: true},
	}
	for _, latency := range []time.Duration{0, 200 * time.Millisecond} {
		p.latency.Store(int64(latency))
		what := fmt.Sprintf("%d messages sent together, model latency %s", together, latency)
		p.compareAll(what, metrics, p.answers(systems, p.askTogether)...)
	}
}

// measureOneAtATime compares the answers to messages that are sent one after the other.
func (p *peers) measureOneAtATime() {
	p.Helper()
	metrics := []metric{
		{name: "median from a message to its answer in ms", isDelay: true},
		{name: "95th percentile in ms", isDelay: true},
	}
	what := fmt.Sprintf("%d messages a round, one at a time, model latency 0s", oneByOne)
	p.compareAll(what, metrics, p.answers(p.startAll("api", "worker"), p.askOneByOne)...)
}

// answers returns a measurement of each system, which checks that each message has one answer.
// load sends messages and returns their number and the values of the measurement.
func (p *peers) answers(
	systems []system, load func(s system, devices []*client.Client) (n int, values []float64),
) (measurements []measurement) {
	for _, s := range systems {
		devices := s.devices()
		measurements = append(measurements, measurement{s.name, func() (values []float64) {
			p.checkCounts(s.name, []counter{s.answers}, 0, func() (n int) {
				n, values = load(s, devices)
				return n
			})
			return values
		}})
	}
	return measurements
}

// askTogether sends messages together. It returns their number, the answers a second and the median
// in ms.
func (p *peers) askTogether(s system, devices []*client.Client) (n int, values []float64) {
	p.Helper()
	delays, errs := make([]time.Duration, together), make([]error, together)
	var asking sync.WaitGroup
	began := time.Now()
	for i := range delays {
		asking.Go(func() { delays[i], errs[i] = s.timeAnswer(devices[i], i+1) })
	}
	asking.Wait()
	took := time.Since(began)
	if wrong := slices.DeleteFunc(errs, isNil); len(wrong) > 0 {
		p.Fatalf("%s: %d of %d answers are wrong, such as: %v", s.name, len(wrong), together, wrong[0])
	}
	return together, []float64{together / took.Seconds(), milliseconds(quantile(delays, .5))}
}

// askOneByOne sends messages one after the other. It returns their number, and the median and the
// 95th percentile in ms.
func (p *peers) askOneByOne(s system, devices []*client.Client) (n int, values []float64) {
	p.Helper()
	var delays []time.Duration
	for i := range oneByOne {
		delay, err := s.timeAnswer(devices[i%fewSenders], i%fewSenders+1)
		if err != nil {
			p.Fatalf("%s, message %d: %v", s.name, i+1, err)
		}
		delays = append(delays, delay)
	}
	return oneByOne, []float64{milliseconds(quantile(delays, .5)), milliseconds(quantile(delays, .95))}
}

func isNil(err error) bool { return err == nil }

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// prompts numbers the prompts, so that no two systems or users ask the same.
var prompts atomic.Int64

// timeAnswer sends a message to room n as its user. It returns the time until the user has the
// answer, and an error unless the answer is right.
func (s system) timeAnswer(d *client.Client, n int) (time.Duration, error) {
	const question = "Explain in a few short sentences, for a chat, what is special about the number %d."
	prompt := fmt.Sprintf(question, prompts.Add(1))
	began := time.Now()
	err := ask(d, fmt.Sprintf(s.room, n), prompt)
	return time.Since(began), err
}

// ask sends a prompt to a room and waits for the answer with a long-poll. It returns an error
// unless the answer is that of the model to this prompt.
func ask(d *client.Client, room, prompt string) error {
	sent, err := d.Call("POST", "/chatroom/"+room+"/message", map[string]string{"content": prompt})
	if err != nil {
		return err
	}
	if sent.Status != http.StatusAccepted {
		return fmt.Errorf("the message got the response %d %s, want 202", sent.Status, sent.Body)
	}
	r, err := d.Call("GET", sent.Header.Get("Location")+"?wait=30", nil)
	if err != nil {
		return err
	}
	if r.Status != http.StatusOK || r.Field("status") != "done" || r.Field("content") != rig.Answer(prompt) {
		return fmt.Errorf("the answer is %d %s, want 200, done and %q", r.Status, r.Body, rig.Answer(prompt))
	}
	return nil
}
