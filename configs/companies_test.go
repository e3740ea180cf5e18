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
	gemini, openAI := []string{"GEMINI_API_KEY", "k"}, []string{"OPENAI_API_KEY", "k"}
	both := append(gemini, openAI...)
	for _, c := range []struct {
		set  []string
		want []string
	}{
		{nil, nil}, {gemini, []string{"gemini"}}, {openAI, []string{"openai"}}, {both, []string{"gemini", "openai"}},
		{[]string{"OPENAI_BASE_URL", "http://127.0.0.1:11434/v1", "OPENAI_MODEL", "llama"}, []string{"openai"}},
		{append(both, "LLM_PROVIDERS", "openai, gemini"), []string{"openai", "gemini"}}, {append(both, "LLM_PROVIDERS", "openai"), []string{"openai"}},
	} {
		if got := load(t, c.set...).Models; !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.set, got, c.want)
		}
	}
	for _, bad := range []string{"openai", "gemini,gemini", "gemini,", "Gemini", "acme"} {
		if got := named(append(gemini, "LLM_PROVIDERS", bad)...); !slices.Equal(got, []string{"LLM_PROVIDERS"}) {
			t.Errorf("%s: problems with %v", bad, got)
		}
	}
}

func TestOpenAIIsConfiguredWhole(t *testing.T) {
	if got := load(t, "OPENAI_API_KEY", "k").OpenAI; got != (OpenAI{"k", openAIModel, ""}) {
		t.Errorf("%+v", got)
	}
	for problem, set := range map[string][]string{
		"OPENAI_API_KEY":  {"OPENAI_MODEL", "m"},
		"OPENAI_MODEL":    {"OPENAI_BASE_URL", "http://127.0.0.1:11434/v1"},
		"OPENAI_BASE_URL": {"OPENAI_BASE_URL", "ftp://x", "OPENAI_MODEL", "m"},
	} {
		if got := named(set...); !slices.Equal(got, []string{problem}) {
			t.Errorf("%v: problems with %v", set, got)
		}
	}
}
