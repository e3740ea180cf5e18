package configs

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

func TestTheEndingOfTexts(t *testing.T) {
	if got := load(t, "SMS_WEBOTP_DOMAIN", "app.example.com", "SMS_ANDROID_HASH", "FA+9qCX9VS/").SMSEnding; got != (otp.Ending{Domain: "app.example.com", Hash: "FA+9qCX9VS/"}) {
		t.Errorf("%+v", got)
	}
	for name, values := range map[string]struct{ in, out []string }{
		"SMS_WEBOTP_DOMAIN": {
			[]string{"a.example", "xn--bcher-kva.example", "a-1.b.example", "1.example"},
			[]string{"canary", "https://canary.example", "canary.example/", "@canary.example", "canary.example:443", "Canary.example", "-canary.example", "canary..example", "canary .example", "127.0.0.1", strings.Repeat("canary.", 12) + "example"},
		},
		"SMS_ANDROID_HASH": {[]string{"FA+9qCX9VSu", "00000000000"}, []string{"canary", "FA+9qCX9VSu=", "FA-9qCX9VSu", "FA+9qCX9VS", "FA+9qCX9VS "}},
	} {
		for _, in := range values.in {
			if got := problems(name, in); got != nil {
				t.Errorf("%s=%s: %v", name, in, got)
			}
		}
		for _, out := range values.out {
			if got := problems(name, out); len(got) != 1 || !strings.HasPrefix(got[0], name+":") || strings.Contains(got[0], "canary") {
				t.Errorf("%s=%s: %v", name, out, got)
			}
		}
	}
}

// A number works to the end of its last day, which is not further than 90 days
// away. One that is over is no mistake: it is in the configuration still.
func TestTestNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // on 2000-01-01
		time.Sleep(13 * time.Hour)
		ann, err := phone.Parse("+15550100001")
		if err != nil {
			t.Fatal(err)
		}
		bob, err := phone.Parse("+15550100002")
		if err != nil {
			t.Fatal(err)
		}
		day := func(month time.Month, day int) time.Time { return time.Date(2000, month, day, 0, 0, 0, 0, time.UTC) }
		got := load(t, "SMS_TEST_NUMBERS", "+1 555 010-0001:123456:2000-01-01, +15550100002:000000:2000-03-31").SMSTests
		want := otp.TestNumbers{{Number: ann, Code: "123456", End: day(1, 2)}, {Number: bob, Code: "000000", End: day(4, 1)}}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b phone.Number) bool { return a == b })); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got := problems("SMS_TEST_NUMBERS", "+15550100001:123456:1999-12-31"); got != nil {
			t.Errorf("one that is over: %v", got)
		}
	})
}

func TestTestNumbersThatAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for value, says := range map[string]string{
			"+15550100001:123456:2000-04-01": "more than 90 days", "+15550100001:123456:2000-01-02,+15550100002:123456:2999-01-01": "more than 90 days",
			"canary": "must be number", "+15550100001:123456": "must be number", "+15550100001:123456:2000-01-01:1": "must be number", "+15550100001:12345:2000-01-01": "must be number",
			"+15550100001:1234567:2000-01-01": "must be number", "+15550100001:canary:2000-01-01": "must be number", "5550100001:123456:2000-01-01": "must be number",
			"+15550100001:123456:2000-02-30": "must be number", "+15550100001:123456:never": "must be number", "+15550100001:123456:2000-01-01,": "must be number",
			"+15550100001:123456:2000-01-01,+1 555 0100001:654321:2000-01-02": "each number once",
		} {
			got := problems("SMS_TEST_NUMBERS", value)
			if len(got) != 1 || !strings.HasPrefix(got[0], "SMS_TEST_NUMBERS: ") || !strings.Contains(got[0], says) || strings.Contains(got[0], "canary") || strings.Contains(got[0], "654321") {
				t.Errorf("%s: %v", value, got)
			}
		}
	})
}

// Reviewers log in to production.
func TestProductionTakesTestNumbers(t *testing.T) {
	day := time.Now().UTC().AddDate(0, 0, 30).Format(time.DateOnly)
	if got := named("APP_ENV", "production", "SMS_TEST_NUMBERS", "+15550100001:123456:"+day); slices.Contains(got, "SMS_TEST_NUMBERS") {
		t.Errorf("problems with %v", got)
	}
}
