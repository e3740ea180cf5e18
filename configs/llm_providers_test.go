package configs

import (
	"slices"
	"testing"
)

var (
	gemini = LLMProvider{Name: "gemini", APIKey: "g"}
	openai = LLMProvider{Name: "openai", APIKey: "o", Model: "m"}
	acme   = LLMProvider{Name: "acme", APIKey: "a", Model: "x-1", BaseURL: "http://127.0.0.1:9"}
)

func (p LLMProvider) withBaseURL(baseURL string) LLMProvider {
	p.BaseURL = baseURL
	return p
}

var (
	geminiEnv = environment{"GEMINI_API_KEY": "g"}
	openaiEnv = environment{"OPENAI_API_KEY": "o", "OPENAI_MODEL": "m"}
	acmeEnv   = environment{"ACME_API_KEY": "a", "ACME_MODEL": "x-1", "ACME_BASE_URL": "http://127.0.0.1:9"}
)

func TestDefaultLLMProviders(t *testing.T) {
	const ollama = "http://127.0.0.1:11434/v1"
	for name, c := range map[string]struct {
		set  environment
		want []LLMProvider
	}{
		"none configured": {environment{}, nil},
		"Gemini":          {geminiEnv, []LLMProvider{gemini}},
		"OpenAI":          {openaiEnv, []LLMProvider{openai}},
		"all configured":  {geminiEnv.with(openaiEnv).with(acmeEnv), []LLMProvider{gemini, openai}},
		"another only":    {acmeEnv, nil},
		"a service that needs no key": {
			environment{"OPENAI_BASE_URL": ollama, "OPENAI_MODEL": "llama"},
			[]LLMProvider{{Name: "openai", Model: "llama", BaseURL: ollama}},
		},
		"Gemini without a key": {
			environment{"GEMINI_MODEL": "m", "GEMINI_BASE_URL": "http://127.0.0.1:9"}, nil,
		},
		"Gemini at the legacy base URL": {
			geminiEnv.with(environment{"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:8"}),
			[]LLMProvider{gemini.withBaseURL("http://127.0.0.1:8")},
		},
		"Gemini at the base URL, which takes precedence": {
			geminiEnv.with(environment{
				"GEMINI_BASE_URL":        "http://127.0.0.1:7",
				"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:8",
			}),
			[]LLMProvider{gemini.withBaseURL("http://127.0.0.1:7")},
		},
	} {
		if got := c.set.load(t).LLMProviders; !slices.Equal(got, c.want) {
			t.Errorf("%s: LLMProviders = %+v, want %+v", name, got, c.want)
		}
	}
}

func TestLLMProvidersKeepTheirOrder(t *testing.T) {
	all := geminiEnv.with(openaiEnv).with(acmeEnv)
	for list, want := range map[string][]LLMProvider{
		"acme, openai,gemini": {acme, openai, gemini},
		"acme":                {acme},
	} {
		if got := all.with(environment{"LLM_PROVIDERS": list}).load(t).LLMProviders; !slices.Equal(got, want) {
			t.Errorf("with LLM_PROVIDERS=%q, LLMProviders = %+v, want %+v", list, got, want)
		}
	}
	keyless := acme
	keyless.APIKey = ""
	set := acmeEnv.without("ACME_API_KEY").with(environment{"LLM_PROVIDERS": "acme"})
	if got := set.load(t).LLMProviders; !slices.Equal(got, []LLMProvider{keyless}) {
		t.Errorf("with a base URL and without a key, LLMProviders = %+v, want %+v", got, keyless)
	}
	for _, list := range []string{"gemini,gemini", "gemini,", "Gemini", "2much", "a-b", "gemini;openai"} {
		geminiEnv.with(environment{"LLM_PROVIDERS": list}).wantProblems(t, "LLM_PROVIDERS")
	}
}

func TestIncompleteLLMProviders(t *testing.T) {
	for _, c := range []struct {
		set  environment
		want []string
	}{
		{environment{"OPENAI_MODEL": "m"}, []string{"OPENAI_API_KEY or OPENAI_BASE_URL"}},
		{environment{"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"}, []string{"OPENAI_MODEL"}},
		{environment{"OPENAI_BASE_URL": "ftp://x", "OPENAI_MODEL": "m"}, []string{"OPENAI_BASE_URL"}},
		{environment{"GOOGLE_GEMINI_BASE_URL": "ftp://x"}, []string{"GOOGLE_GEMINI_BASE_URL"}},
		{environment{"GEMINI_API_KEY": "k", "GEMINI_BASE_URL": "x"}, []string{"GEMINI_BASE_URL"}},
		{
			environment{"LLM_PROVIDERS": "acme,openai", "ACME_MODEL": "m"},
			[]string{"ACME_API_KEY or ACME_BASE_URL", "OPENAI_API_KEY or OPENAI_BASE_URL"},
		},
		{
			environment{"APP_ENV": "production", "LLM_PROVIDERS": "acme", "ACME_BASE_URL": "acme.example"},
			append([]string{"ACME_BASE_URL", "FRONTEND_URL", "SECRET_KEY"}, productionLacks...),
		},
	} {
		c.set.wantProblems(t, c.want...)
	}
}

// Package boot reports the providers that have no adapter. It must be able to do
// so together with the problems of Load.
func TestIncompleteLLMProvidersAreReturned(t *testing.T) {
	c, err := Load(environment{"LLM_PROVIDERS": "acme"}.get)
	if err == nil || !slices.Equal(c.LLMProviders, []LLMProvider{{Name: "acme"}}) {
		t.Errorf("Load returned the providers %+v and the error %v, want acme and an error", c.LLMProviders, err)
	}
}

// Failover may send a prompt to any of the providers, so the smallest limit counts.
func TestHistoryTokensAreTheSmallestOfTheProviders(t *testing.T) {
	all := geminiEnv.with(openaiEnv).with(acmeEnv)
	larger := environment{"GEMINI_HISTORY_TOKENS": "20000", "OPENAI_HISTORY_TOKENS": "30000"}
	for name, c := range map[string]struct {
		set  environment
		want int
	}{
		"no provider":           {environment{"GEMINI_HISTORY_TOKENS": "2000"}, 16_000},
		"only the general one":  {all.with(environment{"HISTORY_TOKENS": "3000"}), 3000},
		"a smaller one":         {all.with(environment{"OPENAI_HISTORY_TOKENS": "2000"}), 2000},
		"a larger one":          {all.with(environment{"OPENAI_HISTORY_TOKENS": "20000"}), 16_000},
		"larger ones for all":   {all.with(larger), 20_000},
		"an unused provider":    {all.with(environment{"ACME_HISTORY_TOKENS": "2000"}), 16_000},
		"another provider only": {all.with(environment{"LLM_PROVIDERS": "acme", "ACME_HISTORY_TOKENS": "1000"}), 1000},
	} {
		if got := c.set.load(t).HistoryTokens; got != c.want {
			t.Errorf("%s: HistoryTokens = %d, want %d", name, got, c.want)
		}
	}
	for _, value := range []string{"999", "-1", "1e6", "canary", "99999999999999999999"} {
		geminiEnv.with(environment{"GEMINI_HISTORY_TOKENS": value}).wantProblems(t, "GEMINI_HISTORY_TOKENS")
	}
}
