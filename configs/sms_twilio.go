package configs

import (
	"errors"
	"regexp"

	"github.com/kuvaka-tech/parley/core/phone"
)

// Twilio is on whose account of Twilio's texts are sent.
type Twilio struct{ AccountSID, AuthToken, From, BaseURL string }

var (
	isAccount = regexp.MustCompile(`^AC[0-9a-f]{32}$`).MatchString
	isToken   = regexp.MustCompile(`^[0-9A-Za-z]+$`).MatchString // other characters the SDK refuses
	isService = regexp.MustCompile(`^MG[0-9a-f]{32}$`).MatchString
	isShort   = regexp.MustCompile(`^[0-9]{3,8}$`).MatchString
	// www.twilio.com/docs/glossary/what-alphanumeric-sender-id
	isSenderID = regexp.MustCompile(`^[0-9A-Za-z &+_-]{0,10}[A-Za-z][0-9A-Za-z &+_-]{0,10}$`).MatchString
)

// twilio checks the account, which is whole or not there.
func (v variables) twilio() (Twilio, error) {
	t := Twilio{v.TwilioAccountSID, v.TwilioAuthToken, v.TwilioFrom, v.TwilioAPIBase}
	if t == (Twilio{}) {
		return t, nil
	}
	var problems []error
	check := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, errors.New(problem))
		}
	}
	check(isAccount(t.AccountSID), "TWILIO_ACCOUNT_SID: must be AC and 32 hexadecimal digits, and set where another TWILIO_ variable is")
	check(isToken(t.AuthToken), "TWILIO_AUTH_TOKEN: must be letters and digits, and set where TWILIO_ACCOUNT_SID is")
	check(isFrom(t.From), "TWILIO_FROM: must be a number, an alphanumeric sender or a Messaging Service's SID, and set where TWILIO_ACCOUNT_SID is")
	check(t.BaseURL == "" || isHTTP(t.BaseURL), "TWILIO_API_BASE: must be an http or https URL")
	return t, errors.Join(problems...)
}

func isFrom(s string) bool {
	n, err := phone.Parse(s)
	return err == nil && n.String() == s || isService(s) || isShort(s) || isSenderID(s) && len(s) <= 11
}
