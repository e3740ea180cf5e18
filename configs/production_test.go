package configs

import (
	"slices"
	"strings"
	"testing"
)

const strongKey = "0123456789abcdef0123456789abcdef"

// productionEnv lacks only the variables of productionLacks to start in production.
var productionEnv = environment{
	"APP_ENV":        "production",
	"GEMINI_API_KEY": "key",
	"FRONTEND_URL":   "https://app.example",
	"SECRET_KEY":     strongKey,
}

var productionLacks = []string{"DATABASE_URL", "SMS_HOOK_URL or TWILIO_ACCOUNT_SID", "STRIPE_SECRET_KEY"}

// productionLacksWithSMS are the variables that productionEnv lacks with an SMS sender.
var productionLacksWithSMS = []string{"DATABASE_URL", "STRIPE_SECRET_KEY"}

func TestProductionRefusesEachStandIn(t *testing.T) {
	all := append([]string{"FRONTEND_URL", "GEMINI_API_KEY or OPENAI_API_KEY", "SECRET_KEY"}, productionLacks...)
	environment{"APP_ENV": "production"}.wantProblems(t, all...)

	rotated := productionEnv.with(environment{"SECRET_KEY_PREVIOUS": strongKey, "PORT": "8080"})
	rotated.wantProblems(t, productionLacks...)

	completeProduction.wantProblems(t)
	completeProduction.with(environment{"STRIPE_API_BASE": "http://stripe.example"}).wantProblems(t, "STRIPE_API_BASE")
}

func TestProductionRefusesWeakKeys(t *testing.T) {
	weak := append([]string{
		"short",
		strongKey[1:],
		strings.ToUpper(publishedKeys[0]),
		strings.Repeat("a", 40),
		strings.Repeat("123456789", 5),
	}, publishedKeys...)
	for _, key := range weak {
		for variable, keys := range map[string]environment{
			"SECRET_KEY":          {"SECRET_KEY": key},
			"SECRET_KEY_PREVIOUS": {"SECRET_KEY": strongKey, "SECRET_KEY_PREVIOUS": key},
		} {
			set := productionEnv.with(keys)
			set.wantProblems(t, append(slices.Clone(productionLacks), variable)...)
			// "secret" and "short" are also ordinary words.
			if len(key) > len("secret") && strings.Contains(strings.Join(set.problems(), "\n"), key) {
				t.Errorf("a problem contains the key %q", key)
			}
			keys.wantProblems(t) // in development
		}
	}
}

// completeProduction starts in production.
var completeProduction = productionEnv.with(twilioEnv).with(environment{
	"DATABASE_URL":          "postgres://db/parley",
	"STRIPE_SECRET_KEY":     "sk_live_x",
	"STRIPE_WEBHOOK_SECRET": "whsec_x",
})

func TestProductionRefusesTestKeys(t *testing.T) {
	for _, key := range []string{"sk_test_canary", "rk_test_canary"} {
		set := completeProduction.with(environment{"STRIPE_SECRET_KEY": key})
		set.wantProblems(t, "STRIPE_SECRET_KEY")
		set.with(environment{"ALLOW_TEST_KEYS": "false"}).wantProblems(t, "STRIPE_SECRET_KEY")
		set.with(environment{"ALLOW_TEST_KEYS": "true"}).wantProblems(t)
		set.with(environment{"APP_ENV": "development"}).wantProblems(t)
	}
	completeProduction.with(environment{"STRIPE_SECRET_KEY": "rk_live_x"}).wantProblems(t)
}

func TestProductionRefusesUnencryptedFrontends(t *testing.T) {
	for urls, problems := range map[string][]string{
		"http://app.example":                             {"FRONTEND_URL"},
		"https://app.example,http://canary.example":      {"FRONTEND_URL"},
		"https://app.example,http://localhost":           nil,
		"https://app.example,http://127.0.0.1:3000":      nil,
		"https://app.example,capacitor://localhost":      nil,
		"https://app.example,https://other.example:8443": nil,
	} {
		set := completeProduction.with(environment{"FRONTEND_URL": urls})
		set.wantProblems(t, problems...)
		set.with(environment{"APP_ENV": "development"}).wantProblems(t)
	}
}

func TestProductionTrustsNoHugeRangeOfProxies(t *testing.T) {
	for ranges, problems := range map[string][]string{
		"0.0.0.0/0":                {"TRUSTED_PROXIES"},
		"::/0":                     {"TRUSTED_PROXIES"},
		"10.0.0.0/8,10.1.2.3/0":    {"TRUSTED_PROXIES"},
		"0.0.0.0/1,128.0.0.0/1":    {"TRUSTED_PROXIES"},
		"12.0.0.0/7":               {"TRUSTED_PROXIES"},
		"::/1":                     {"TRUSTED_PROXIES"},
		"10.0.0.0/8,2001:db8::/32": nil,
		"fc00::/7":                 nil,
	} {
		set := completeProduction.with(environment{"TRUSTED_PROXIES": ranges})
		set.wantProblems(t, problems...)
		set.with(environment{"APP_ENV": "development"}).wantProblems(t)
	}
}
