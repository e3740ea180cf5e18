package browser

import (
	"context"
	"slices"
	"testing"
	"time"
)

const (
	maxFirstLoad  = 100 << 10 // bytes, compressed
	maxLongTask   = 500       // ms; other programs may use the processors
	maxLayoutMove = 0.1       // what Core Web Vitals call good
)

func testSpeed(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{
		answers: map[string]string{"count": words(200)},
		pace:    10 * time.Millisecond,
	}))
	v.until(`!document.getElementById("login").hidden && document.readyState === "complete"`)
	requests, bytes := v.recorder.received()
	t.Logf("first load: %d requests, %.0f KB", requests, bytes/1024)
	if bytes == 0 || bytes > maxFirstLoad {
		t.Errorf("the first load has %.0f bytes, want at most %d", bytes, maxFirstLoad)
	}
	v.login()
	v.ask("hello")
	evaluate[bool](v, `(measured.longTasks = [], measured.shift = 0, true)`)
	v.ask("count")
	v.checkMeasured("while an answer of 200 words is written")
}

// checkMeasured fails the test if the page was slow or its layout has moved.
func (v *visit) checkMeasured(when string) {
	v.Helper()
	tasks := evaluate[[]int](v, `measured.longTasks`)
	shift := evaluate[float64](v, `measured.shift`)
	v.Logf("%s: long tasks (ms) %v, layout shift %.3f", when, tasks, shift)
	if len(tasks) > 0 && slices.Max(tasks) > maxLongTask {
		v.Errorf("%s, a task takes %d ms, want at most %d", when, slices.Max(tasks), maxLongTask)
	}
	if shift > maxLayoutMove {
		v.Errorf("%s, the layout shifts by %.3f, want at most %.1f", when, shift, maxLayoutMove)
	}
}
