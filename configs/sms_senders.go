package configs

import (
	"regexp"
	"slices"
	"strings"
)

// anySMSSender names variables of which one must be set if no SMS sender is configured.
const anySMSSender = "SMS_HOOK_URL or TWILIO_ACCOUNT_SID"

// smsSenders returns the senders in SMS_SENDERS, in their order. The default is those of
// Twilio and the hook that are configured.
func (l *loader) smsSenders() []SMSSender {
	names := l.providerNames("SMS_SENDERS", l.SMSSenders)
	if len(names) == 0 {
		names = l.configuredSenders()
	}
	var all []SMSSender
	for _, name := range names {
		all = append(all, l.smsSender(name))
	}
	return all
}

// configuredSenders returns "twilio" if one of its variables is set, and "hook" if
// SMS_HOOK_URL is set.
func (l *loader) configuredSenders() []string {
	var names []string
	isSet := func(setting string) bool { return l.getenv(variableName("twilio", setting)) != "" }
	if slices.ContainsFunc([]string{"ACCOUNT_SID", "AUTH_TOKEN", "FROM", "BASE_URL", "API_BASE"}, isSet) {
		names = append(names, "twilio")
	}
	if l.SMSHookURL != "" {
		names = append(names, "hook")
	}
	return names
}

func (l *loader) smsSender(name string) SMSSender {
	s := SMSSender{Name: name, getenv: l.getenv}
	if name == "hook" { // its variables start with SMS_HOOK_, see smsHookKey
		return s
	}
	s.BaseURL = l.baseURL(name)
	if name == "twilio" {
		l.checkTwilio(s)
	}
	return s
}

var isCountryCode = regexp.MustCompile(`^[A-Z]{2}$`).MatchString

// smsCountries returns the countries to which codes are sent, in upper case.
// adapters/region checks that the countries exist.
func (l *loader) smsCountries() []string {
	var countries []string
	for _, s := range l.SMSCountries {
		country := strings.ToUpper(strings.TrimSpace(s))
		if !isCountryCode(country) {
			l.fail("SMS_COUNTRIES", "must be ISO 3166 country codes, separated by commas, such as US,IN")
			return nil
		}
		countries = append(countries, country)
	}
	return countries
}
