package configs

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

var (
	isDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$`).MatchString
	isHash   = regexp.MustCompile(`^[0-9A-Za-z+/]{11}$`).MatchString
)

// smsEnding is what every text ends with.
func (v variables) smsEnding() (otp.Ending, error) {
	var problems []error
	if v.SMSWebOTPDomain != "" && (!isDomain(v.SMSWebOTPDomain) || len(v.SMSWebOTPDomain) > 80) {
		problems = append(problems, errors.New("SMS_WEBOTP_DOMAIN: must be a domain, such as app.example.com"))
	}
	if v.SMSAndroidHash != "" && !isHash(v.SMSAndroidHash) {
		problems = append(problems, errors.New("SMS_ANDROID_HASH: must be the 11 characters of the app's hash"))
	}
	return otp.Ending{Domain: v.SMSWebOTPDomain, Hash: v.SMSAndroidHash}, errors.Join(problems...)
}

// testNumbers are the numbers of app-store reviewers. A fixed code is a door that
// must close by itself, so that its last day cannot be far.
func (v variables) testNumbers(now time.Time) (otp.TestNumbers, error) {
	var all otp.TestNumbers
	seen := map[phone.Number]bool{}
	for _, s := range v.SMSTestNumbers {
		t, ok := testNumber(s)
		switch {
		case !ok || seen[t.Number]:
			return nil, errors.New("SMS_TEST_NUMBERS: must be number:code:last day, separated by commas, such as +15550100001:123456:2026-12-31, each number once")
		case t.End.After(now.UTC().Truncate(24 * time.Hour).Add(otp.MaxTest + 24*time.Hour)):
			return nil, errors.New("SMS_TEST_NUMBERS: the last day of a number must not be more than 90 days away")
		}
		seen[t.Number] = true
		all = append(all, t)
	}
	return all, nil
}

func testNumber(s string) (otp.TestNumber, bool) {
	parts := strings.Split(strings.TrimSpace(s), ":")
	if len(parts) != 3 {
		return otp.TestNumber{}, false
	}
	n, noNumber := phone.Parse(parts[0])
	last, noDay := time.Parse(time.DateOnly, parts[2])
	noCode := otp.CheckShape(parts[1])
	return otp.TestNumber{Number: n, Code: parts[1], End: last.AddDate(0, 0, 1)}, errors.Join(noNumber, noDay, noCode) == nil
}
