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

	complete := productionEnv.with(twilioEnv).with(environment{
		"DATABASE_URL":          "postgres://db/parley",
		"STRIPE_SECRET_KEY":     "sk_live_x",
		"STRIPE_WEBHOOK_SECRET": "whsec_x",
	})
	complete.wantProblems(t)
	complete.with(environment{"STRIPE_API_BASE": "http://stripe.example"}).wantProblems(t, "STRIPE_API_BASE")
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
