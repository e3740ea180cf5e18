package courier_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/adapters/courier"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A courier is done with a text before a company is: what that says of it is in no answer of its.
func TestContract(t *testing.T) {
	portstest.SMS(t, func(t *testing.T, script portstest.SMSScript) portstest.SMSRig {
		c := &scripted{script: script}
		o := hire(t, c)
		t.Cleanup(o.abandon)
		return portstest.SMSRig{SMS: o, Received: func(n phone.Number) []string { o.Wait(); return c.texts(n) }, Takes: true}
	})
}

func TestACourierNeedsASender(t *testing.T) {
	if _, err := courier.New(courier.Config{}); err == nil {
		t.Error("made without one")
	}
}

func TestNoTextIsTakenWithoutAnID(t *testing.T) {
	c := &company{}
	o := hire(t, c)
	o.config.Random = iotest.ErrReader(errors.New("no entropy"))
	o.open(t)
	if err := o.Send(t.Context(), number(t), canary); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("failed with %v", err)
	}
	if o.stop(t); len(c.seen()) != 0 {
		t.Error("sent all the same")
	}
}

// Sending takes no time, however long the companies take, and tells when no more texts can wait.
func TestSendOnlyQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &company{answer: always(errHang)}
		o := hire(t, c)
		began := time.Now()
		for range 1000 {
			o.send(t, "hello")
		}
		synctest.Wait()
		if n := len(c.seen()); n != 16 {
			t.Errorf("%d tries at once", n)
		}
		if err := o.Send(t.Context(), number(t), canary); !errors.Is(err, courier.ErrFull) || strings.Contains(err.Error(), "canary") {
			t.Errorf("the 1001st: %v", err)
		}
		if time.Since(began) != 0 {
			t.Errorf("sending took %v", time.Since(began))
		}
		c.tell(nil)
		o.Wait()
		o.send(t, "there is room again")
		o.stop(t)
		if all := c.texts(number(t)); all[len(all)-1] != "there is room again" {
			t.Errorf("the last text is %q", all[len(all)-1])
		}
	})
}

// A request that ends takes its text along no more than its answer.
func TestATextOutlivesItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &company{answer: answering(errDown, nil)}
		o := hire(t, c)
		ctx, cancel := context.WithCancel(t.Context())
		if err := o.Send(ctx, number(t), "hello"); err != nil {
			t.Fatal(err)
		}
		cancel()
		o.stop(t)
		if got := c.texts(number(t)); len(got) != 1 {
			t.Errorf("%d texts arrived", len(got))
		}
	})
}

// Texts that wait are delivered when the program stops, those that wait for
// another try too; no more are taken.
func TestStopDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &company{answer: answering(errDown, errDown, nil)}
		o := hire(t, c)
		for range 40 {
			o.send(t, "hello")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := o.Stop(ctx); err != nil {
			t.Error(err)
		}
		if n := len(c.seen()); n != 42 {
			t.Errorf("%d tries of 40 texts with two failures", n)
		}
		if err := o.Send(t.Context(), number(t), "late"); !errors.Is(err, courier.ErrStopped) {
			t.Errorf("after Stop: %v", err)
		}
	})
}

// Stop waits no longer than it is told, whatever the texts wait for: a try, a line or a pause.
func TestStopGivesUpInTheEnd(t *testing.T) {
	for name, answer := range map[string]error{"hanging": errHang, "down": errDown} {
		synctest.Test(t, func(t *testing.T) {
			o := hire(t, &company{answer: always(answer)}, &company{answer: always(answer)})
			for range 40 {
				o.send(t, "hello")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			began := time.Now()
			if err := o.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "texts given up: 40") {
				t.Errorf("%s: stopped with %v", name, err)
			}
			if d := time.Since(began); d != 3*time.Second {
				t.Errorf("%s: stopping took %v", name, d)
			}
			if n := strings.Count(o.log.String(), "sms given up"); n != 40 || o.counts.all["none lost"] != 40 {
				t.Errorf("%s: %d given up in the log, %v counted", name, n, o.counts.all)
			}
		})
	}
}

// closing is a company whose connections can be closed.
type closing struct {
	company
	closed int
}

func (c *closing) CloseIdleConnections() { c.closed++ }

func TestStopClosesConnections(t *testing.T) {
	c := &closing{}
	o := hire(t, &company{}, c)
	if o.stop(t); c.closed != 1 {
		t.Errorf("closed %d times", c.closed)
	}
}
