package configs

import (
	"slices"
	"testing"
)

func TestStripeIsWholeOrNone(t *testing.T) {
	whole := []string{"STRIPE_SECRET_KEY", "sk_test_x", "STRIPE_WEBHOOK_SECRET", "whsec_x", "FRONTEND_URL", "https://app.example"}
	c := load(t, append(whole, "STRIPE_PRICE_ID", "price_x", "STRIPE_API_BASE", "http://127.0.0.1:9")...)
	if want := (Stripe{"sk_test_x", "whsec_x", "price_x", "http://127.0.0.1:9"}); c.Stripe != want {
		t.Errorf("%+v, want %+v", c.Stripe, want)
	}
	for i := 0; i < len(whole); i += 2 {
		rest := slices.Concat(whole[:i], whole[i+2:])
		if got := named(rest...); !slices.Equal(got, whole[i:i+1]) {
			t.Errorf("without %s: problems with %v", whole[i], got)
		}
	}
	if got := named(append(whole, "STRIPE_API_BASE", "ftp://stripe")...); !slices.Equal(got, []string{"STRIPE_API_BASE"}) {
		t.Errorf("problems with %v", got)
	}
}

func TestModelsAreAskedInOrder(t *testing.T) {
	gemini, openAI := []string{"GEMINI_API_KEY", "g", "GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:8"}, []string{"OPENAI_API_KEY", "o", "OPENAI_MODEL", "m"}
	acme, local := []string{"ACME_API_KEY", "a", "ACME_MODEL", "x-1", "ACME_BASE_URL", "http://127.0.0.1:9"}, []string{"OPENAI_BASE_URL", "http://127.0.0.1:11434/v1", "OPENAI_MODEL", "llama"}
	g, o, a := Model{"gemini", "g", "", "http://127.0.0.1:8"}, Model{"openai", "o", "m", ""}, Model{"acme", "a", "x-1", "http://127.0.0.1:9"}
	all := slices.Clip(slices.Concat(gemini, openAI, acme))
	for _, c := range []struct {
		set  []string
		want []Model
	}{
		{nil, nil}, {gemini, []Model{g}}, {openAI, []Model{o}}, {all, []Model{g, o}}, {acme, nil}, {[]string{"GEMINI_MODEL", "m", "GEMINI_BASE_URL", "http://127.0.0.1:9"}, nil},
		{local, []Model{{"openai", "", "llama", "http://127.0.0.1:11434/v1"}}},
		{append(all, "LLM_PROVIDERS", "acme, openai,gemini"), []Model{a, o, g}}, {append(all, "LLM_PROVIDERS", "acme"), []Model{a}},
		{append(acme[2:], "LLM_PROVIDERS", "acme"), []Model{{"acme", "", "x-1", "http://127.0.0.1:9"}}},
		{append(gemini, "GEMINI_BASE_URL", "http://127.0.0.1:7"), []Model{{"gemini", "g", "", "http://127.0.0.1:7"}}},
	} {
		if got := load(t, c.set...).Models; !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.set, got, c.want)
		}
	}
	for _, bad := range []string{"gemini,gemini", "gemini,", "Gemini", "2much", "a-b", "gemini;openai"} {
		if got := named(append(gemini, "LLM_PROVIDERS", bad)...); !slices.Equal(got, []string{"LLM_PROVIDERS"}) {
			t.Errorf("%s: problems with %v", bad, got)
		}
	}
}

func TestModelsAreConfiguredWhole(t *testing.T) {
	for _, c := range []struct {
		set  []string
		want []string // the variables that have problems
	}{
		{[]string{"OPENAI_MODEL", "m"}, []string{"OPENAI_API_KEY or OPENAI_BASE_URL"}},
		{[]string{"OPENAI_BASE_URL", "http://127.0.0.1:11434/v1"}, []string{"OPENAI_MODEL"}},
		{[]string{"OPENAI_BASE_URL", "ftp://x", "OPENAI_MODEL", "m"}, []string{"OPENAI_BASE_URL"}},
		{[]string{"GOOGLE_GEMINI_BASE_URL", "ftp://x"}, []string{"GOOGLE_GEMINI_BASE_URL"}},
		{[]string{"GEMINI_API_KEY", "k", "GEMINI_BASE_URL", "x"}, []string{"GEMINI_BASE_URL"}},
		{[]string{"LLM_PROVIDERS", "acme,openai", "ACME_MODEL", "m"}, []string{"ACME_API_KEY or ACME_BASE_URL", "OPENAI_API_KEY or OPENAI_BASE_URL"}},
		{[]string{"LLM_PROVIDERS", "acme", "ACME_BASE_URL", "acme.example", "APP_ENV", "production"}, append([]string{"ACME_BASE_URL", "FRONTEND_URL", "SECRET_KEY"}, standIns...)},
	} {
		slices.Sort(c.want)
		if got := named(c.set...); !slices.Equal(got, c.want) {
			t.Errorf("%v: problems with %v, want %v", c.set, got, c.want)
		}
	}
}

// Whoever knows which providers there are can tell of one there is not, beside what it lacks.
func TestModelsThatLackSomethingAreNamedAllTheSame(t *testing.T) {
	if c, err := Load(environ("LLM_PROVIDERS", "acme")); err == nil || !slices.Equal(c.Models, []Model{{Name: "acme"}}) {
		t.Errorf("%v, %v", c.Models, err)
	}
}
