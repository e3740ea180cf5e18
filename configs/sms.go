package configs

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// SendsSMS says whether codes leave for real phones.
func (c Config) SendsSMS() bool { return c.SMSHookURL != "" }

// smsHook checks the hook that texts go to and returns the key that signs them.
func (v variables) smsHook() (key []byte, err error) {
	var problems []error
	if u, err := url.Parse(v.SMSHookURL); v.SMSHookURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		problems = append(problems, errors.New("SMS_HOOK_URL: must be an http or https URL"))
	}
	if v.SMSHookURL == "" && (v.SMSHookSecret != "" || len(v.SMSCountries) > 0) {
		problems = append(problems, errors.New("SMS_HOOK_URL: must be set where SMS_HOOK_SECRET or SMS_COUNTRIES is"))
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

// smsInProduction asks for a sender whose line nobody listens to.
func (v variables) smsInProduction() error {
	if v.SMSHookURL == "" {
		return errors.New("SMS_HOOK_URL or TWILIO_ACCOUNT_SID: production needs a real SMS sender; the stand-in shows codes to whoever asks")
	}
	u, err := url.Parse(v.SMSHookURL)
	if err != nil || u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return errors.New("SMS_HOOK_URL: must be https in production, except on loopback")
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
