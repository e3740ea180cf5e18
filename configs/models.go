package configs

import (
	"errors"
	"fmt"
)

// Model is a model that answers, by its provider's name in LLM_PROVIDERS: acme's
// variables are ACME_API_KEY, ACME_MODEL and ACME_BASE_URL.
type Model struct {
	Name    string
	Key     string // "" is allowed where BaseURL is set
	Model   string // "" for the adapter's choice
	BaseURL string // "" for the provider's own
}

const noModel = "GEMINI_API_KEY or OPENAI_API_KEY"

// models are the providers that LLM_PROVIDERS names, in order, or those of Gemini and OpenAI that are configured.
func (v variables) models() (all []Model, err error) {
	named, err := names("LLM_PROVIDERS", v.LLMProviders)
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, name := range orElse(named, "gemini", "openai") {
		m, err := v.model(name)
		problems = appendError(problems, err)
		there := m.Key != "" || m.BaseURL != "" && (len(named) > 0 || name == "openai")
		if there || len(named) > 0 {
			all = append(all, m)
		}
		if !there && (len(named) > 0 || name == "openai" && m.Model != "") {
			problems = append(problems, fmt.Errorf("%s or %s: must be set for %s to be asked", variable(name, "API_KEY"), variable(name, "BASE_URL"), name))
		}
	}
	return all, errors.Join(problems...)
}

func (v variables) model(name string) (Model, error) {
	base, err := v.baseURL(name)
	m := Model{name, v.getenv(variable(name, "API_KEY")), v.getenv(variable(name, "MODEL")), base}
	if err == nil && name == "openai" && base != "" && m.Model == "" { // many speak its protocol, each with models of its own
		err = errors.New("OPENAI_MODEL: must be set where OPENAI_BASE_URL is")
	}
	return m, err
}
