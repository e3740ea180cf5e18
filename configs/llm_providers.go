package configs

// LLMProvider is a provider of language models. Its variables start with its name:
// acme in LLM_PROVIDERS has ACME_API_KEY, ACME_MODEL and ACME_BASE_URL.
type LLMProvider struct {
	Name    string
	APIKey  string // may be "" when BaseURL is set
	Model   string // "" for the default of the adapter
	BaseURL string // "" for the provider's public API
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
	}
	if name == "openai" && isHTTPURL(p.BaseURL) {
		l.check(p.Model != "", "OPENAI_MODEL",
			"must be set when OPENAI_BASE_URL is set; each service that speaks OpenAI's protocol has other models")
	}
	return p
}
