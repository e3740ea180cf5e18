package configs

import (
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// smsTestNumbers returns the numbers of app-store reviewers, who log in with a fixed
// code. A fixed code is a security risk, so each number must expire within
// otp.MaxTestNumberTTL. An expired number may stay in the configuration.
func (l *loader) smsTestNumbers(now time.Time) otp.TestNumbers {
	const variable = "SMS_TEST_NUMBERS"
	var all otp.TestNumbers
	seen := map[phone.Number]bool{}
	today := now.UTC().Truncate(24 * time.Hour)
	for _, s := range l.SMSTestNumbers {
		t, ok := parseTestNumber(s)
		switch {
		case !ok || seen[t.Number]:
			l.fail(variable, "must be number:code:last day, separated by commas, "+
				"such as +15550100001:123456:2026-12-31, each number once")
			return nil
		case t.Expires.After(today.Add(otp.MaxTestNumberTTL + 24*time.Hour)):
			l.fail(variable, "must not have a last day that is more than 90 days away")
			return nil
		}
		seen[t.Number] = true
		all = append(all, t)
	}
	return all
}

// parseTestNumber parses number:code:last day. The number expires at midnight (UTC) after the last day.
func parseTestNumber(s string) (otp.TestNumber, bool) {
	parts := strings.Split(strings.TrimSpace(s), ":")
	if len(parts) != 3 {
		return otp.TestNumber{}, false
	}
	number, err := phone.Parse(parts[0])
	if err != nil || otp.CheckFormat(parts[1]) != nil {
		return otp.TestNumber{}, false
	}
	lastDay, err := time.Parse(time.DateOnly, parts[2])
	return otp.TestNumber{Number: number, Code: parts[1], Expires: lastDay.AddDate(0, 0, 1)}, err == nil
}
