package configs

import (
	"regexp"

	"github.com/kuvaka-tech/parley/core/phone"
)

var (
	isTwilioAccount = regexp.MustCompile(`^AC[0-9a-f]{32}$`).MatchString
	isTwilioToken   = regexp.MustCompile(`^[0-9A-Za-z]+$`).MatchString // the SDK refuses other characters
	isTwilioService = regexp.MustCompile(`^MG[0-9a-f]{32}$`).MatchString
	isShortCode     = regexp.MustCompile(`^[0-9]{3,8}$`).MatchString
	// isSenderID follows www.twilio.com/docs/glossary/what-alphanumeric-sender-id,
	// except for the maximum length of 11.
	isSenderID = regexp.MustCompile(`^[0-9A-Za-z &+_-]{0,10}[A-Za-z][0-9A-Za-z &+_-]{0,10}$`).MatchString
)

// checkTwilio requires a valid account SID, auth token and sender.
func (l *loader) checkTwilio(s SMSSender) {
	l.check(isTwilioAccount(s.Get("ACCOUNT_SID")), "TWILIO_ACCOUNT_SID",
		"must be AC followed by 32 hexadecimal digits; required when another TWILIO_ variable is set")
	l.check(isTwilioToken(s.Get("AUTH_TOKEN")), "TWILIO_AUTH_TOKEN",
		"must be letters and digits; required when another TWILIO_ variable is set")
	l.check(isTwilioFrom(s.Get("FROM")), "TWILIO_FROM",
		"must be a phone number such as +15005550006, a short code, an alphanumeric sender ID "+
			"or the SID of a Messaging Service; required when another TWILIO_ variable is set")
}

func isTwilioFrom(s string) bool {
	n, err := phone.Parse(s)
	isNumber := err == nil && n.String() == s
	return isNumber || isTwilioService(s) || isShortCode(s) || isSenderID(s) && len(s) <= 11
}
