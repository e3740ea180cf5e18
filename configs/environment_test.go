package configs

import (
	"slices"
	"strings"
	"testing"
)

func TestWhichEnvironmentItIs(t *testing.T) {
	for _, c := range []struct{ app, debug, want string }{
		{"", "", Development}, {"", "True", Development}, {"", "0", Development}, {"", "no", Development},
		{"", "False", Production}, {"", "false", Production}, {"", "FALSE", Production},
		{"development", "False", Development}, {"production", "True", Production}, {"production", "", Production},
	} {
		got, err := Load(environ("APP_ENV", c.app, "DEBUG", c.debug))
		if got.Env != c.want || (err != nil) != (c.want == Production) {
			t.Errorf("APP_ENV=%q DEBUG=%q is %s (%v), want %s", c.app, c.debug, got.Env, err, c.want)
		}
	}
	for _, other := range []string{"Production", "prod", "staging", " production"} {
		if got := named("APP_ENV", other); !slices.Equal(got, []string{"APP_ENV"}) {
			t.Errorf("APP_ENV=%q: problems with %v", other, got)
		}
	}
}

func TestWhereItListens(t *testing.T) {
	for _, c := range []struct{ addr, port, want string }{
		{"", "", "127.0.0.1:8000"}, {"127.0.0.1:0", "", "127.0.0.1:0"}, {"127.9.9.9:80", "", "127.9.9.9:80"}, {"localhost:80", "", "localhost:80"}, {"[::1]:80", "", "[::1]:80"},
		{"127.0.0.1:80", "9000", "127.0.0.1:80"},
	} {
		if got := load(t, "HTTP_ADDR", c.addr, "PORT", c.port).Addr; got != c.want {
			t.Errorf("HTTP_ADDR=%q PORT=%q: %s", c.addr, c.port, got)
		}
	}
	for variable, values := range map[string][]string{
		"HTTP_ADDR": {"8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "::1:80:80", "127.0.0.1:-1"},
		"PORT":      {"http", ":8000", "65536", "127.0.0.1:8000", "-1", "80 "},
	} {
		for _, value := range values {
			if got := named(variable, value, "APP_ENV", "development"); !slices.Equal(got, []string{variable}) {
				t.Errorf("%s=%q: problems with %v", variable, value, got)
			}
		}
	}
}

// Codes must not be shown to the world by accident: who listens beyond loopback says what it is.
func TestListeningToTheWorldNeedsAnEnvironment(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"PORT", "8080", ":8080"}, {"HTTP_ADDR", ":8080", ":8080"}, {"HTTP_ADDR", "0.0.0.0:80", "0.0.0.0:80"}, {"HTTP_ADDR", "[::]:80", "[::]:80"},
		{"HTTP_ADDR", "192.0.2.1:80", "192.0.2.1:80"}, {"HTTP_ADDR", "localhost.example:80", "localhost.example:80"},
	} {
		if got := named(c.name, c.value); !slices.Equal(got, []string{"APP_ENV"}) {
			t.Errorf("%s=%s: problems with %v", c.name, c.value, got)
		}
		if got := load(t, c.name, c.value, "APP_ENV", "development").Addr; got != c.want {
			t.Errorf("%s=%s listens on %s", c.name, c.value, got)
		}
	}
	if got := named("PORT", "8080", "DEBUG", "False"); !slices.Contains(got, "APP_ENV") {
		t.Errorf("DEBUG is not explicit enough, yet the problems are with %v", got)
	}
}

const strongKey = "0123456789abcdef0123456789abcdef"

// standIns are what production asks for beside a model, a frontend and a key.
var standIns = []string{"DATABASE_URL", "SMS_HOOK_URL or TWILIO_ACCOUNT_SID", "STRIPE_SECRET_KEY"}

func TestProductionRefusesEachStandIn(t *testing.T) {
	got := named("APP_ENV", "production")
	want := append([]string{"FRONTEND_URL", "GEMINI_API_KEY or OPENAI_API_KEY", "SECRET_KEY"}, standIns...)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("problems with %v, want %v", got, want)
	}
	set := []string{"APP_ENV", "production", "GEMINI_API_KEY", "key", "FRONTEND_URL", "https://app.example", "SECRET_KEY", strongKey, "SECRET_KEY_PREVIOUS", strongKey, "PORT", "8080"}
	if got := named(set...); !slices.Equal(got, standIns) {
		t.Errorf("with the rest, problems with %v, want %v", got, standIns)
	}
	whole := append(append(set, twilioSet...), "DATABASE_URL", "postgres://db/parley", "STRIPE_SECRET_KEY", "sk_live_x", "STRIPE_WEBHOOK_SECRET", "whsec_x")
	if got := named(whole...); got != nil {
		t.Errorf("with everything, problems with %v", got)
	}
	if got := named(append(whole, "STRIPE_API_BASE", "http://stripe.example")...); !slices.Equal(got, []string{"STRIPE_API_BASE"}) {
		t.Errorf("a key in the clear: problems with %v", got)
	}
}

func TestProductionRefusesWeakKeys(t *testing.T) {
	weak := append([]string{"short", strongKey[1:], strings.ToUpper(examples[0]), strings.Repeat("a", 40), strings.Repeat("123456789", 5)}, examples...)
	for _, key := range weak {
		for name, set := range map[string][]string{
			"SECRET_KEY":          {"SECRET_KEY", key},
			"SECRET_KEY_PREVIOUS": {"SECRET_KEY", strongKey, "SECRET_KEY_PREVIOUS", key},
		} {
			got := problems(append(set, "APP_ENV", "production", "GEMINI_API_KEY", "key", "FRONTEND_URL", "https://app.example")...)
			told := slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, name+":") })
			if !told || len(got) != len(standIns)+1 || strings.Contains(strings.Join(got, "\n"), key) && len(key) > len("secret") {
				t.Errorf("%s=%s: %v", name, key, got)
			}
			if dev := problems(set...); dev != nil {
				t.Errorf("development refuses %s=%s: %v", name, key, dev)
			}
		}
	}
}
