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

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

// expectLines fails the test unless a scrape returns each of the lines.
func expectLines(t *testing.T, m *Metrics, lines ...string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range lines {
		if !strings.Contains("\n"+w.Body.String(), "\n"+line+"\n") {
			t.Errorf("the scrape lacks the line %s", line)
		}
	}
	if t.Failed() {
		t.Logf("the scrape:\n%s", w.Body)
	}
}

func TestBuildInfo(t *testing.T) {
	expectLines(t, New("v1.2.3"), fmt.Sprintf(`parley_build_info{go=%q,version="v1.2.3"} 1`, runtime.Version()))
}

func TestCountersExistBeforeTheFirstEvent(t *testing.T) {
	m := New("")
	m.InitSenders("twilio", "hook")
	m.InitProviders("gemini")
	expectLines(t, m,
		`parley_replies_total{code="",outcome="done"} 0`,
		`parley_replies_total{code="llm_timeout",outcome="retried"} 0`,
		`parley_replies_total{code="llm_blocked",outcome="failed"} 0`,
		`parley_replies_total{code="panic",outcome="lost"} 0`,
		`parley_messages_accepted_total{tier="Pro"} 0`,
		`parley_llm_tokens_total{direction="in"} 0`,
		`parley_sms_total{outcome="failed"} 0`,
		`parley_webhooks_total{type="invoice.paid"} 0`,
		`parley_webhooks_total{type="other"} 0`,
		`parley_reconciled_total{outcome="repaired"} 0`,
		`parley_sms_tries_total{outcome="failed",sender="hook"} 0`,
		`parley_sms_tries_total{outcome="sent",sender="twilio"} 0`,
		`parley_sms_tries_total{outcome="lost",sender="none"} 0`,
		`parley_llm_provider_total{outcome="limited",provider="gemini"} 0`,
	)
}

func TestUp(t *testing.T) {
	m := New("")
	m.RegisterDependency("postgres", func(context.Context) error { return nil })
	m.RegisterDependency("redis", func(context.Context) error { return errors.New("connection refused") })
	expectLines(t, m, `parley_up{dependency="postgres"} 1`, `parley_up{dependency="redis"} 0`)
}

// A hanging check delays a scrape by dependencyTimeout at most, even if it ignores its context.
func TestHangingDependencyIsNotUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		m := New("")
		m.RegisterDependency("redis", func(context.Context) error { <-release; return nil })
		start := time.Now()
		expectLines(t, m, `parley_up{dependency="redis"} 0`)
		if took := time.Since(start); took != dependencyTimeout {
			t.Errorf("the scrape took %s, want %s", took, dependencyTimeout)
		}
	})
}

// countsOfOneCountry is a ports.CodeCounts in which all codes were issued 30 minutes ago.
type countsOfOneCountry struct{ ports.CodeCounts }

// Taken implements ports.CodeCounts.
func (countsOfOneCountry) Taken(context.Context, quota.Day) (map[string]int, error) {
	return map[string]int{"IN": 9}, nil
}

// Sum implements ports.CodeCounts.
func (countsOfOneCountry) Sum(_ context.Context, from, before time.Time) (map[string]otp.CodeCount, error) {
	if at := (clockAtNoon{}).Now().Add(-30 * time.Minute); at.Before(from) || !at.Before(before) {
		return nil, errors.New("the codes are not in these periods")
	}
	return map[string]otp.CodeCount{"IN": {Issued: 7, Verified: 4, Wrong: 2}}, nil
}

// clockAtNoon is a ports.Clock that stands still.
type clockAtNoon struct{}

// Now implements ports.Clock.
func (clockAtNoon) Now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func TestCodesOfCountries(t *testing.T) {
	m := New("")
	m.RegisterCountryCodes(countsOfOneCountry{}, clockAtNoon{})
	m.GuardRefusal("unverified", false)
	expectLines(t, m,
		`parley_country_codes_today{country="IN",state="sent"} 9`,
		`parley_country_codes_today{country="IN",state="issued"} 7`,
		`parley_country_codes_today{country="IN",state="verified"} 4`,
		`parley_country_codes_today{country="IN",state="expired"} 3`,
		`parley_code_guard_total{outcome="recorded",rule="unverified"} 1`,
		`parley_code_guard_total{outcome="refused",rule="cap"} 0`,
	)
}
