package configs

import (
	"encoding/base64"
	"slices"
	"strings"
)

// smsHookKey checks the variables of the SMS hook, and returns the key that signs the
// requests to it. The key is nil without a hook.
func (l *loader) smsHookKey() []byte {
	isHook := func(sender string) bool { return strings.TrimSpace(sender) == "hook" }
	isListed := slices.ContainsFunc(l.SMSSenders, isHook)
	l.check(l.SMSHookURL == "" || isHTTPURL(l.SMSHookURL),
		"SMS_HOOK_URL", "must be an http or https URL, such as https://sms.example/send")
	l.check(l.SMSHookURL != "" || l.SMSHookSecret == "" && !isListed,
		"SMS_HOOK_URL", "must be set when SMS_HOOK_SECRET is set or SMS_SENDERS contains hook")
	if l.SMSHookSecret == "" {
		l.check(l.SMSHookURL == "" && !isListed,
			"SMS_HOOK_SECRET", "must be set when SMS_HOOK_URL is set or SMS_SENDERS contains hook")
		return nil
	}
	key, ok := decodeWebhookSecret(l.SMSHookSecret)
	l.check(ok, "SMS_HOOK_SECRET", "must be whsec_ followed by 24 to 64 bytes in base64")
	return key
}

// decodeWebhookSecret returns the key in a secret of the Standard Webhooks format
// (spec/standard-webhooks.md, "Signature scheme").
func decodeWebhookSecret(secret string) (key []byte, ok bool) {
	encoded, prefixed := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !prefixed || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, false
	}
	return key, true
}
