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

// senders are the companies that SMS_SENDERS names, in order, or Twilio and the hook as far as they are configured.
func (v variables) senders() (all []Company, err error) {
	named, err := names("SMS_SENDERS", v.SMSSenders)
	problems := appendError(nil, err)
	for _, name := range orElse(named, v.configured()...) {
		c, err := v.company(name)
		problems = appendError(problems, err)
		all = append(all, c)
	}
	return all, errors.Join(problems...)
}

// configured are those of which a variable is set.
func (v variables) configured() (names []string) {
	if slices.ContainsFunc([]string{"ACCOUNT_SID", "AUTH_TOKEN", "FROM", "BASE_URL", "API_BASE"}, func(what string) bool { return v.getenv(variable("twilio", what)) != "" }) {
		names = append(names, "twilio")
	}
	if v.SMSHookURL != "" {
		names = append(names, "hook")
	}
	return names
}

func (v variables) company(name string) (Company, error) {
	c := Company{Name: name, getenv: v.getenv}
	if name == "hook" { // its variables do not begin with its name
		return c, nil
	}
	var err error
	c.BaseURL, err = v.baseURL(name)
	if name == "twilio" {
		err = errors.Join(twilio(c), err)
	}
	return c, err
}

// smsHook checks the hook that texts go to and returns the key that signs them.
func (v variables) smsHook() (key []byte, err error) {
	named := slices.ContainsFunc(v.SMSSenders, func(s string) bool { return strings.TrimSpace(s) == "hook" })
	var problems []error
	if v.SMSHookURL != "" && !isHTTP(v.SMSHookURL) {
		problems = append(problems, errors.New("SMS_HOOK_URL: must be an http or https URL"))
	}
	if v.SMSHookURL == "" && (v.SMSHookSecret != "" || named) {
		problems = append(problems, errors.New("SMS_HOOK_URL: must be set where SMS_HOOK_SECRET is or SMS_SENDERS names hook"))
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
	if senders, _ := v.senders(); len(v.SMSCountries) > 0 && len(senders) == 0 {
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

// smsInProduction asks for a sender, and for lines to all that nobody listens to.
func (v variables) smsInProduction() error {
	senders, _ := v.senders()
	if len(senders) == 0 {
		return errors.New(noSender + ": production needs a real SMS sender; the stand-in shows codes to whoever asks")
	}
	problems := []error{private("SMS_HOOK_URL", v.SMSHookURL)}
	for _, c := range senders {
		problems = append(problems, private(v.baseVariable(c.Name), c.BaseURL))
	}
	return errors.Join(problems...)
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
