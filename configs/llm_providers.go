package configs

import (
	"cmp"
	"math"
	"strconv"
)

// The rule of HISTORY_TOKENS and of the variable of each provider.
const (
	minHistoryTokens  = 1000
	historyTokensRule = "must be a whole number of at least 1000"
)

// LLMProvider is a provider of language models. Its variables start with its name:
// acme in LLM_PROVIDERS has ACME_API_KEY, ACME_MODEL, ACME_BASE_URL and ACME_HISTORY_TOKENS.
type LLMProvider struct {
	Name    string
	APIKey  string // may be "" when BaseURL is set
	Model   string // "" for the default of the adapter
	BaseURL string // "" for the provider's public API

	HistoryTokens int // as Config.HistoryTokens, for this provider alone; 0 for HISTORY_TOKENS
}

// anyLLMProvider names variables of which one must be set if no LLM provider is configured.
const anyLLMProvider = "GEMINI_API_KEY or OPENAI_API_KEY"

// llmProviders returns the providers in LLM_PROVIDERS, in their order. The default is
// those of Gemini and OpenAI that are configured. A provider with neither a key nor a
// base URL is a problem, but is returned, so that package boot can also check its name.
func (l *loader) llmProviders() []LLMProvider {
	names := l.providerNames("LLM_PROVIDERS", l.LLMProviders)
	if len(names) == 0 {
		return l.defaultLLMProviders()
	}
	var all []LLMProvider
	for _, name := range names {
		p := l.llmProvider(name)
		l.checkLLMAccess(p)
		all = append(all, p)
	}
	return all
}

// defaultLLMProviders returns Gemini if it has a key, and OpenAI if it has a key or a
// base URL. OPENAI_BASE_URL may be a service without keys, such as Ollama. A base URL of
// Gemini, such as that of a proxy, still needs a key.
func (l *loader) defaultLLMProviders() []LLMProvider {
	var all []LLMProvider
	if gemini := l.llmProvider("gemini"); gemini.APIKey != "" {
		all = append(all, gemini)
	}
	openai := l.llmProvider("openai")
	switch {
	case openai.APIKey != "" || openai.BaseURL != "":
		all = append(all, openai)
	case openai.Model != "":
		l.checkLLMAccess(openai)
	}
	return all
}

func (l *loader) checkLLMAccess(p LLMProvider) {
	l.check(p.APIKey != "" || p.BaseURL != "",
		variableName(p.Name, "API_KEY")+" or "+variableName(p.Name, "BASE_URL"),
		"must be set for the LLM provider "+p.Name)
}

func (l *loader) llmProvider(name string) LLMProvider {
	p := LLMProvider{
		Name:    name,
		APIKey:  l.getenv(variableName(name, "API_KEY")),
		Model:   l.getenv(variableName(name, "MODEL")),
		BaseURL: l.baseURL(name),

		HistoryTokens: l.providerHistoryTokens(name),
	}
	if name == "openai" && p.BaseURL != "" {
		l.check(p.Model != "", "OPENAI_MODEL",
			"must be set when OPENAI_BASE_URL is set; each service that speaks OpenAI's protocol has other models")
	}
	return p
}

// providerHistoryTokens returns the token limit of a provider, or 0 if it is not set.
func (l *loader) providerHistoryTokens(name string) int {
	variable := variableName(name, "HISTORY_TOKENS")
	value := l.getenv(variable)
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	l.check(err == nil && n >= minHistoryTokens, variable, historyTokensRule)
	return n
}

// historyTokens returns the smallest limit of the providers, because failover may send a
// prompt to any of them.
func (l *loader) historyTokens(providers []LLMProvider) int {
	if len(providers) == 0 {
		return l.HistoryTokens
	}
	smallest := math.MaxInt
	for _, p := range providers {
		smallest = min(smallest, cmp.Or(p.HistoryTokens, l.HistoryTokens))
	}
	return smallest
}
