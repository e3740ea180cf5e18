package configs

import (
	"errors"
	"slices"
	"strings"
)

// OpenAI is a service that speaks OpenAI's protocol, that company's own or another's.
type OpenAI struct{ Key, Model, BaseURL string }

// openAIModel is asked for where the service is OpenAI's and no model is named.
const openAIModel = "gpt-4.1-mini"

func (v variables) openAI() (OpenAI, error) {
	o := OpenAI{v.OpenAIKey, v.OpenAIModel, v.OpenAIBaseURL}
	switch {
	case o.BaseURL == "" && o.Key == "" && o.Model != "":
		return o, errors.New("OPENAI_API_KEY: must be set where OPENAI_MODEL is, or OPENAI_BASE_URL")
	case o.BaseURL != "" && !isHTTP(o.BaseURL):
		return o, errors.New("OPENAI_BASE_URL: must be an http or https URL")
	case o.BaseURL != "" && o.Model == "":
		return o, errors.New("OPENAI_MODEL: must be set where OPENAI_BASE_URL is")
	case o.Key != "" && o.Model == "":
		o.Model = openAIModel
	}
	return o, nil
}

// models are the providers that are asked, in order: those that are configured,
// or those of them that LLM_PROVIDERS names.
func (v variables) models() ([]string, error) {
	var there []string
	if v.GeminiKey != "" {
		there = append(there, "gemini")
	}
	if v.OpenAIKey != "" || v.OpenAIBaseURL != "" {
		there = append(there, "openai")
	}
	if len(v.LLMProviders) == 0 {
		return there, nil
	}
	var chosen []string
	for _, name := range v.LLMProviders {
		name = strings.TrimSpace(name)
		if !slices.Contains(there, name) || slices.Contains(chosen, name) {
			return nil, errors.New("LLM_PROVIDERS: must name gemini and openai as far as they are configured, each once, such as gemini,openai")
		}
		chosen = append(chosen, name)
	}
	return chosen, nil
}
