package configs

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

func parsePhone(t *testing.T, s string) phone.Number {
	t.Helper()
	n, err := phone.Parse(s)
	if err != nil {
		t.Fatalf("parsing the phone number %s: %v", s, err)
	}
	return n
}

func TestSMSTestNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock starts at 2000-01-01
		time.Sleep(13 * time.Hour)
		midnight := func(month time.Month, day int) time.Time {
			return time.Date(2000, month, day, 0, 0, 0, 0, time.UTC)
		}
		want := otp.TestNumbers{
			{Number: parsePhone(t, "+15550100001"), Code: "123456", Expires: midnight(time.January, 2)},
			{Number: parsePhone(t, "+15550100002"), Code: "000000", Expires: midnight(time.April, 1)},
		}
		got := environment{
			"SMS_TEST_NUMBERS": "+1 555 010-0001:123456:2000-01-01, +15550100002:000000:2000-03-31",
		}.load(t).SMSTestNumbers
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b phone.Number) bool { return a == b })); diff != "" {
			t.Errorf("SMSTestNumbers differ (-want +got)\n%s", diff)
		}
		environment{"SMS_TEST_NUMBERS": "+15550100001:123456:1999-12-31"}.wantProblems(t) // an expired number
	})
}

func TestInvalidSMSTestNumbers(t *testing.T) {
	const tooFar, malformed = "more than 90 days", "must be number:code:last day"
	synctest.Test(t, func(t *testing.T) { // the clock starts at 2000-01-01
		for value, want := range map[string]string{
			"+15550100001:123456:2000-04-01":                                tooFar,
			"+15550100001:123456:2000-01-02,+15550100002:123456:2999-01-01": tooFar,

			"canary":                                                          malformed,
			"+15550100001:123456":                                             malformed,
			"+15550100001:123456:2000-01-01:1":                                malformed,
			"+15550100001:12345:2000-01-01":                                   malformed,
			"+15550100001:1234567:2000-01-01":                                 malformed,
			"+15550100001:canary:2000-01-01":                                  malformed,
			"5550100001:123456:2000-01-01":                                    malformed,
			"+15550100001:123456:2000-02-30":                                  malformed,
			"+15550100001:123456:never":                                       malformed,
			"+15550100001:123456:2000-01-01,":                                 malformed,
			"+15550100001:123456:2000-01-01,+1 555 0100001:654321:2000-01-02": "each number once",
		} {
			set := environment{"SMS_TEST_NUMBERS": value}
			set.wantProblems(t, "SMS_TEST_NUMBERS")
			got := set.problems()
			if len(got) != 1 || !strings.Contains(got[0], want) || strings.Contains(got[0], "654321") {
				t.Errorf("Load(%q) reports %q, want one problem with %q and without a code", set, got, want)
			}
		}
	})
}

// App-store reviewers log in to production.
func TestProductionTakesSMSTestNumbers(t *testing.T) {
	day := time.Now().UTC().AddDate(0, 0, 30).Format(time.DateOnly)
	set := productionEnv.with(environment{"SMS_TEST_NUMBERS": "+15550100001:123456:" + day})
	set.wantProblems(t, productionLacks...)
}
