package configs

import (
	"errors"
	"regexp"

	"github.com/kuvaka-tech/parley/core/phone"
)

var (
	isAccount = regexp.MustCompile(`^AC[0-9a-f]{32}$`).MatchString
	isToken   = regexp.MustCompile(`^[0-9A-Za-z]+$`).MatchString // other characters the SDK refuses
	isService = regexp.MustCompile(`^MG[0-9a-f]{32}$`).MatchString
	isShort   = regexp.MustCompile(`^[0-9]{3,8}$`).MatchString
	// www.twilio.com/docs/glossary/what-alphanumeric-sender-id
	isSenderID = regexp.MustCompile(`^[0-9A-Za-z &+_-]{0,10}[A-Za-z][0-9A-Za-z &+_-]{0,10}$`).MatchString
)

// twilio checks the account, which is whole where a variable of it is set.
func twilio(c Company) error {
	var problems []error
	check := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, errors.New(problem))
		}
	}
	check(isAccount(c.Get("ACCOUNT_SID")), "TWILIO_ACCOUNT_SID: must be AC and 32 hexadecimal digits, and set where another TWILIO_ variable is")
	check(isToken(c.Get("AUTH_TOKEN")), "TWILIO_AUTH_TOKEN: must be letters and digits, and set where TWILIO_ACCOUNT_SID is")
	check(isFrom(c.Get("FROM")), "TWILIO_FROM: must be a number, an alphanumeric sender or a Messaging Service's SID, and set where TWILIO_ACCOUNT_SID is")
	return errors.Join(problems...)
}

func isFrom(s string) bool {
	n, err := phone.Parse(s)
	return err == nil && n.String() == s || isService(s) || isShort(s) || isSenderID(s) && len(s) <= 11
}
