package configs

import (
	"regexp"

	"github.com/kuvaka-tech/parley/core/otp"
)

var (
	isDomain      = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$`).MatchString
	isAndroidHash = regexp.MustCompile(`^[0-9A-Za-z+/]{11}$`).MatchString
)

const maxDomainLength = 80 // characters of SMS_WEBOTP_DOMAIN, so that SMS stay short

// smsAutofillSuffix returns the end of the SMS. With it, a phone can fill in the code.
func (l *loader) smsAutofillSuffix() otp.AutofillSuffix {
	l.check(l.SMSWebOTPDomain == "" || isDomain(l.SMSWebOTPDomain) && len(l.SMSWebOTPDomain) <= maxDomainLength,
		"SMS_WEBOTP_DOMAIN", "must be a domain name of at most 80 characters, such as app.example.com")
	l.check(l.SMSAndroidHash == "" || isAndroidHash(l.SMSAndroidHash),
		"SMS_ANDROID_HASH", "must be the hash of the Android app, which has 11 characters")
	return otp.AutofillSuffix{Domain: l.SMSWebOTPDomain, Hash: l.SMSAndroidHash}
}
