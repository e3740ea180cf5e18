package flow

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// indoors starts the program without a socket, as tests in a bubble of
// testing/synctest need it, and logs somebody in.
func indoors(t *testing.T, c configs.Config, options ...boot.Option) (*program, device) {
	t.Helper()
	p := start(t, c, append(options, boot.InProcess())...)
	return p, p.inside().login(number())
}

// inside is a device of a program without a socket.
func (p *program) inside() device { return device{client.In(p.App, ""), p.t} }

// midnight is the one that many days after the bubble's first.
func midnight(days int) time.Time { return time.Date(2000, 1, 1+days, 0, 0, 0, 0, time.UTC) }

// until sleeps up to that instant.
func until(at time.Time) { time.Sleep(time.Until(at)) }

// leap is a ports.Clock that can be set forward, over weeks that no test wants to sweep through.
type leap struct {
	ports.Clock
	ahead atomic.Int64
}

// leaping makes a program's clock one that leaps.
func leaping() (*leap, boot.Option) {
	l := &leap{}
	return l, boot.Wrap(func(c ports.Clock) ports.Clock { l.Clock = c; return l })
}

func (l *leap) Now() time.Time { return l.Clock.Now().Add(time.Duration(l.ahead.Load())) }

func (l *leap) to(at time.Time) { l.ahead.Add(int64(at.Sub(l.Now()))) }

// took checks how much of the bubble's time has passed.
func took(t *testing.T, since time.Time, least, most time.Duration) {
	t.Helper()
	if d := time.Since(since); d < least || d > most {
		t.Errorf("took %v, want %v to %v", d, least, most)
	}
}

// calm checks that nothing was logged as an error.
func (p *program) calm() {
	p.t.Helper()
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, "level=ERROR") {
			p.t.Errorf("logged: %s", line)
		}
	}
}

// Two days of sweeps, beats and purges, with a message now and then that outlives its lease.
func TestTwoDaysOfLeases(t *testing.T) {
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: 25 * time.Second})
		p, d := indoors(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"), boot.Keep(echo))
		room := d.room("r")
		for i := range 8 {
			time.Sleep(6*time.Hour - 25*time.Second)
			asked := time.Now()
			if a := d.answer(d.ask(room, fmt.Sprint("message ", i))); a.Get("status") != "done" {
				t.Errorf("after %d hours: %s", 6*(i+1), a.Body)
			}
			took(t, asked, 25*time.Second, 25*time.Second)
		}
		if d.want(http.StatusOK, "GET", "/readyz", nil); echo.Calls() != 8 {
			t.Errorf("%d calls for 8 messages", echo.Calls())
		}
		p.calm()
	})
	t.Logf("48 hours took %v", time.Since(began))
}
