package courier_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// When a company is tried again, in seconds after the text was taken, and what
// becomes of it.
func TestTries(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(int) error
		jitter float64
		came   []float64
		counts map[string]int
	}{
		"taken":             {nil, 0.5, []float64{0}, map[string]int{"first sent": 1}},
		"down for a while":  {answering(errDown, errBusy, errDown, nil), 0.5, []float64{0, 1, 4, 13}, map[string]int{"first failed": 3, "first sent": 1}},
		"down":              {always(errDown), 0.5, []float64{0, 1, 4, 13, 40, 121}, map[string]int{"first failed": 6, "none lost": 1}},
		"down, hurrying":    {always(errDown), 0, []float64{0, 0.5, 2, 6.5, 20, 60.5}, map[string]int{"first failed": 6, "none lost": 1}},
		"hanging":           {always(errHang), 0.5, []float64{0, 6, 14, 28, 60, 146}, map[string]int{"first failed": 6, "none lost": 1}},
		"refused":           {always(errRefused), 0.5, []float64{0}, map[string]int{"first refused": 1, "none lost": 1}},
		"no number":         {always(phone.ErrInvalid), 0.5, []float64{0}, map[string]int{"first invalid": 1}},
		"busy":              {busy(7), 0.5, []float64{0, 7}, map[string]int{"first failed": 1, "first sent": 1}},
		"busy, barely":      {busy(0), 0.5, []float64{0, 1}, map[string]int{"first failed": 1, "first sent": 1}},
		"busy to the last":  {busy(599), 0.5, []float64{0, 599}, map[string]int{"first failed": 1, "first sent": 1}},
		"busy for too long": {busy(600), 0.5, []float64{0}, map[string]int{"first failed": 1, "none lost": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				company := &company{answer: c.answer}
				o := hire(t, company)
				o.config.Jitter = func() float64 { return c.jitter }
				began := time.Now()
				o.open(t).send(t, canary)
				o.Wait()
				o.stop(t)
				var came []float64
				for _, try := range company.seen() {
					came = append(came, try.Came.Sub(began).Seconds())
				}
				if diff := cmp.Diff(c.came, came); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if diff := cmp.Diff(c.counts, o.counts.all); diff != "" {
					t.Errorf("counted (-want +got)\n%s", diff)
				}
				o.judge(t, company)
			})
		})
	}
}

// judge checks that the log tells of each try and of the end, masks the number
// and holds no text, and that what was tried was the text.
func (o *office) judge(t *testing.T, c *company) {
	t.Helper()
	log, tries, lost := o.log.String(), c.seen(), o.counts.all["none lost"]
	for _, try := range tries {
		if try.To != "+15550001234" || try.Text != canary {
			t.Errorf("tried %+v", try)
		}
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if len(lines) != len(tries)+lost || strings.Count(log, "mobile_number=+155******34") != len(lines) ||
		strings.Count(log, "level=ERROR") != lost || strings.Count(log, "sms handed over") != len(c.took) {
		t.Errorf("%d tries, %d lost:\n%s", len(tries), lost, log)
	}
	for _, hidden := range []string{"canary", "123456", "5550001234"} {
		if strings.Contains(log, hidden) {
			t.Errorf("the log holds %q:\n%s", hidden, log)
		}
	}
}

// A text that finds no line in its life is not sent: its code would be worth nothing.
func TestLateTextsAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := make(chan struct{})
		c := &company{answer: func(int) error { <-busy; return nil }}
		o := hire(t, c, c)
		for range 17 {
			o.send(t, "hello")
		}
		time.AfterFunc(10*time.Minute, func() { close(busy) })
		o.Wait()
		if n := len(c.seen()); n != 16 || strings.Count(o.log.String(), "no line was free in time") != 1 || o.counts.all["none lost"] != 1 {
			t.Errorf("%d tries, %v:\n%s", n, o.counts.all, &o.log)
		}
	})
}

// marked is a company that is told which text it is.
type marked struct {
	company
	keys map[id.ID][]time.Time
}

func (m *marked) SendAs(ctx context.Context, key id.ID, taken time.Time, to phone.Number, text string) error {
	m.keys[key] = append(m.keys[key], taken)
	return m.Send(ctx, to, text)
}

// All tries of a text have its id and its time, another has its own.
func TestTriesAreMarkedAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &marked{company{answer: answering(errDown, errDown, nil)}, map[id.ID][]time.Time{}}
		o, began := hire(t, m), time.Now()
		o.send(t, canary)
		o.Wait()
		o.send(t, canary)
		o.stop(t)
		var tries []int
		for key, times := range m.keys {
			if tries = append(tries, len(times)); len(times) == 3 && (!times[0].Equal(began) || !times[2].Equal(began)) {
				t.Errorf("taken at %v", times)
			}
			if !strings.Contains(o.log.String(), "text_id="+string(key)) {
				t.Errorf("%s is not in the log:\n%s", key, &o.log)
			}
		}
		if len(tries) != 2 || tries[0]+tries[1] != 4 || tries[0]*tries[1] != 3 {
			t.Errorf("tries by id: %v", tries)
		}
	})
}
