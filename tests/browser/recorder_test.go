package browser

import (
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// recorder records what a tab loads, and the errors of its scripts.
type recorder struct {
	origin string

	mu       sync.Mutex
	requests []string
	bytes    float64 // received, with headers, compressed
	errors   []string
}

// listen records an event of the tab.
func (r *recorder) listen(event any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		r.requests = append(r.requests, e.Request.URL)
	case *network.EventLoadingFinished:
		r.bytes += e.EncodedDataLength
	case *runtime.EventExceptionThrown:
		r.errors = append(r.errors, "exception: "+describeException(e.ExceptionDetails))
	case *log.EventEntryAdded:
		// A refused request is the business of the test.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			r.errors = append(r.errors, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	}
}

func describeException(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}

// received returns the number of requests and of bytes received.
func (r *recorder) received() (requests int, bytes float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.requests), r.bytes
}

// streams returns the number of streams of events that the tab has opened.
func (r *recorder) streams() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, address := range r.requests {
		if strings.Contains(address, "/events") && !strings.Contains(address, "/assets/") {
			n++
		}
	}
	return n
}

// requestsTo returns the number of requests whose address contains a path.
func (r *recorder) requestsTo(path string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, address := range r.requests {
		if strings.Contains(address, path) {
			n++
		}
	}
	return n
}

// check fails the test if a script has failed, if the Content-Security-Policy has refused
// something, or if a request went to another site.
func (r *recorder) check(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.errors {
		t.Errorf("error of the page: %s", e)
	}
	for _, address := range r.requests {
		if !strings.HasPrefix(address, r.origin+"/") && !strings.HasPrefix(address, "data:") {
			t.Errorf("the page requested %s, want only requests to %s", address, r.origin)
		}
	}
}

// observers counts long tasks and layout shifts that no input has caused.
const observers = `
globalThis.measured = { longTasks: [], shift: 0 };
globalThis.lastKey = null;
addEventListener("keydown", (event) => { lastKey = { name: event.key, composing: event.isComposing }; }, true);
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) measured.longTasks.push(Math.round(task.duration));
}).observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) measured.shift += shift.value;
}).observe({ type: "layout-shift", buffered: true });`
