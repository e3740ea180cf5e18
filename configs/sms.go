package configs

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// SendsSMS says whether codes leave for real phones.
func (c Config) SendsSMS() bool { return len(c.SMSSenders) > 0 }

// configured are the SMS companies that there are variables of, in the order in
// which they are tried unless SMS_SENDERS says otherwise.
func (v variables) configured() []string {
	var names []string
	if v.TwilioAccountSID != "" {
		names = append(names, "twilio")
	}
	if v.SMSHookURL != "" {
		names = append(names, "hook")
	}
	return names
}

// senders are those that SMS_SENDERS names, or all that are configured.
func (v variables) senders() ([]string, error) {
	all := v.configured()
	if len(v.SMSSenders) == 0 {
		return all, nil
	}
	var names []string
	for _, s := range v.SMSSenders {
		s = strings.TrimSpace(s)
		if !slices.Contains(all, s) || slices.Contains(names, s) {
			return nil, errors.New("SMS_SENDERS: must name senders that are configured, twilio or hook, each once, separated by commas")
		}
		names = append(names, s)
	}
	return names, nil
}

// smsHook checks the hook that texts go to and returns the key that signs them.
func (v variables) smsHook() (key []byte, err error) {
	var problems []error
	if v.SMSHookURL != "" && !isHTTP(v.SMSHookURL) {
		problems = append(problems, errors.New("SMS_HOOK_URL: must be an http or https URL"))
	}
	if v.SMSHookURL == "" && v.SMSHookSecret != "" {
		problems = append(problems, errors.New("SMS_HOOK_URL: must be set where SMS_HOOK_SECRET is"))
	}
	if v.SMSHookURL != "" && v.SMSHookSecret == "" {
		problems = append(problems, errors.New("SMS_HOOK_SECRET: must be set where SMS_HOOK_URL is"))
	}
	if v.SMSHookSecret != "" {
		key, err = hookKey(v.SMSHookSecret)
		problems = append(problems, err)
	}
	return key, errors.Join(problems...)
}

func isHTTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// hookKey is what the secret holds, written as Standard Webhooks' are
// (spec/standard-webhooks.md, "Signature scheme").
func hookKey(secret string) ([]byte, error) {
	encoded, prefixed := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !prefixed || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("SMS_HOOK_SECRET: must be whsec_ and the base64 of 24 to 64 bytes")
	}
	return key, nil
}

var isRegion = regexp.MustCompile(`^[A-Z]{2}$`).MatchString

// regions are the countries that texts are sent to, none for all.
func (v variables) regions() ([]string, error) {
	if len(v.SMSCountries) > 0 && len(v.configured()) == 0 {
		return nil, errors.New(noSender + ": must be set where SMS_COUNTRIES is")
	}
	var regions []string
	for _, s := range v.SMSCountries {
		s = strings.ToUpper(strings.TrimSpace(s))
		if !isRegion(s) {
			return nil, errors.New("SMS_COUNTRIES: must be ISO 3166 regions, separated by commas, such as US,IN")
		}
		regions = append(regions, s)
	}
	return regions, nil
}

const noSender = "SMS_HOOK_URL or TWILIO_ACCOUNT_SID"

// smsInProduction asks for a sender whose line nobody listens to.
func (v variables) smsInProduction() error {
	if len(v.configured()) == 0 {
		return errors.New(noSender + ": production needs a real SMS sender; the stand-in shows codes to whoever asks")
	}
	return errors.Join(private("SMS_HOOK_URL", v.SMSHookURL), private("TWILIO_API_BASE", v.TwilioAPIBase))
}

// private refuses an address that codes would go to in the clear.
func private(name, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return errors.New(name + ": must be https in production, except on loopback")
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
