package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shows checks that a scrape has each of these lines.
func (m *Metrics) shows(t *testing.T, lines ...string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range lines {
		if !strings.Contains("\n"+w.Body.String(), "\n"+line+"\n") {
			t.Errorf("not shown: %s", line)
		}
	}
	if t.Failed() {
		t.Log(w.Body)
	}
}

func TestTheBuild(t *testing.T) {
	New("v1.2.3").shows(t, fmt.Sprintf(`parley_build_info{go=%q,version="v1.2.3"} 1`, runtime.Version()))
}

// What is known is shown before anything happens.
func TestCountersBeginAtZero(t *testing.T) {
	m := New("")
	m.Senders("twilio", "hook")
	m.Providers("gemini")
	m.shows(t, `parley_replies_total{code="",outcome="done"} 0`, `parley_replies_total{code="llm_timeout",outcome="retried"} 0`,
		`parley_replies_total{code="llm_blocked",outcome="failed"} 0`, `parley_replies_total{code="panic",outcome="lost"} 0`,
		`parley_messages_accepted_total{tier="Pro"} 0`, `parley_llm_tokens_total{direction="in"} 0`, `parley_sms_total{outcome="failed"} 0`,
		`parley_webhooks_total{type="invoice.paid"} 0`, `parley_webhooks_total{type="other"} 0`, `parley_reconciled_total{outcome="repaired"} 0`,
		`parley_sms_tries_total{outcome="failed",sender="hook"} 0`, `parley_sms_tries_total{outcome="sent",sender="twilio"} 0`,
		`parley_sms_tries_total{outcome="lost",sender="none"} 0`, `parley_llm_provider_total{outcome="limited",provider="gemini"} 0`)
}

func TestWhatAnswersIsUp(t *testing.T) {
	m := New("")
	m.Up("postgres", func(context.Context) error { return nil })
	m.Up("redis", func(context.Context) error { return errors.New("away") })
	m.shows(t, `parley_up{dependency="postgres"} 1`, `parley_up{dependency="redis"} 0`)
}

// A dependency that says nothing holds no scrape up, even where it does not heed its context.
func TestSilenceIsNotUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, free := time.Now(), make(chan struct{})
		defer close(free)
		m := New("")
		m.Up("redis", func(context.Context) error { <-free; return nil })
		m.shows(t, `parley_up{dependency="redis"} 0`)
		if took := time.Since(began); took != upWithin {
			t.Errorf("a scrape took %s", took)
		}
	})
}
