package boot

import (
	"context"
	"fmt"
	"log/slog"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/failover"
	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/gemini"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/openai"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// llmProviders are the constructors of the known providers, by their name in LLM_PROVIDERS.
var llmProviders = map[string]func(configs.LLMProvider) (ports.LLM, error){
	"gemini": newGemini,
	"openai": newOpenAI,
}

func newGemini(p configs.LLMProvider) (ports.LLM, error) {
	return gemini.New(context.Background(), gemini.Config{
		APIKey:  p.APIKey,
		Model:   p.Model,
		BaseURL: p.BaseURL,
	})
}

func newOpenAI(p configs.LLMProvider) (ports.LLM, error) {
	return openai.New(openai.Config{
		APIKey:  p.APIKey,
		Model:   p.Model,
		BaseURL: p.BaseURL,
	})
}

func chooseLLM(c configs.Config) (Adapter, fx.Option) {
	if len(c.LLMProviders) > 0 {
		names := joinNames(c.LLMProviders, func(p configs.LLMProvider) string { return p.Name })
		return Adapter{Port: "model", Name: names}, fx.Provide(newLLM)
	}
	return Adapter{
		Port:    "model",
		Name:    "echo",
		StandIn: true,
		Note:    "it only repeats your message; set GEMINI_API_KEY, OPENAI_API_KEY or LLM_PROVIDERS for a real model",
	}, fx.Provide(newEcho, func(e *fake.Echo) ports.LLM { return e })
}

// echoNotice tells people who try the program that no model answers.
const echoNotice = "*I am a stand-in for a model and only repeat your message. " +
	"Set GEMINI_API_KEY or OPENAI_API_KEY to talk to a real one.*"

// newEcho returns an echo for people, unless ECHO_LATENCY is set, as it is for tests.
func newEcho(c configs.Config) *fake.Echo {
	o := fake.EchoOptions{Latency: c.EchoLatency, Pace: c.EchoPace}
	if o.Pace > 0 {
		o.Notice = echoNotice
	}
	return fake.NewEcho(o)
}

// newLLM returns the only provider, or all providers with failover in their order.
func newLLM(c configs.Config, log *slog.Logger, m *metrics.Metrics) (ports.LLM, error) {
	var providers []failover.Provider
	for _, p := range c.LLMProviders {
		open, err := lookup(llmProviders, p.Name, "LLM_PROVIDERS")
		if err != nil {
			return nil, err
		}
		llm, err := open(p)
		if err != nil {
			return nil, fmt.Errorf("opening the LLM provider %s: %w", p.Name, err)
		}
		providers = append(providers, failover.Provider{Name: p.Name, LLM: llm})
	}
	if len(providers) == 1 {
		return failover.Single(providers[0], m.ProviderCall), nil
	}
	return failover.New(providers, failover.Options{Log: log, Observe: m.ProviderCall})
}
