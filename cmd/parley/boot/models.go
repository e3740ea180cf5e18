package boot

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/failover"
	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/gemini"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/openai"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// models are the providers there are, by their name in LLM_PROVIDERS.
var models = map[string]func(configs.Config) (ports.LLM, error){
	"gemini": func(c configs.Config) (ports.LLM, error) {
		return gemini.New(context.Background(), gemini.Config{APIKey: c.GeminiKey, Model: c.GeminiModel, BaseURL: c.GeminiBaseURL})
	},
	"openai": func(c configs.Config) (ports.LLM, error) {
		return openai.New(openai.Config{APIKey: c.OpenAI.Key, Model: c.OpenAI.Model, BaseURL: c.OpenAI.BaseURL})
	},
}

func llm(c configs.Config) (Part, fx.Option) {
	if len(c.Models) > 0 {
		return Part{Port: "model", Adapter: strings.Join(c.Models, ", then ")}, fx.Provide(newModel)
	}
	return Part{"model", "echo", true, "it only says your words back; set GEMINI_API_KEY or OPENAI_API_KEY for a real one"}, fx.Provide(
		func() *fake.Echo { return fake.NewEcho(fake.EchoOptions{Latency: c.EchoLatency}) },
		func(e *fake.Echo) ports.LLM { return e },
	)
}

// newModel is the one provider, or several that fall over in order.
func newModel(c configs.Config, log *slog.Logger, m *metrics.Metrics) (ports.LLM, error) {
	var providers []failover.Provider
	for _, name := range c.Models {
		model, err := models[name](c)
		if err != nil {
			return nil, fmt.Errorf("opening the model of %s: %w", name, err)
		}
		providers = append(providers, failover.Provider{Name: name, LLM: model})
	}
	if len(providers) == 1 {
		return providers[0].LLM, nil
	}
	return failover.New(providers, failover.Options{Log: log, Observe: m.Provider})
}
