package boot

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
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
var models = map[string]func(configs.Model) (ports.LLM, error){
	"gemini": func(m configs.Model) (ports.LLM, error) {
		return gemini.New(context.Background(), gemini.Config{APIKey: m.Key, Model: m.Model, BaseURL: m.BaseURL})
	},
	"openai": func(m configs.Model) (ports.LLM, error) {
		return openai.New(openai.Config{APIKey: m.Key, Model: m.Model, BaseURL: m.BaseURL})
	},
}

func llm(c configs.Config) (Part, fx.Option) {
	if len(c.Models) > 0 {
		return Part{Port: "model", Adapter: inTurn(c.Models, func(m configs.Model) string { return m.Name })}, fx.Provide(newModel)
	}
	return Part{"model", "echo", true, "it only says your words back; set GEMINI_API_KEY, OPENAI_API_KEY or LLM_PROVIDERS for a real one"}, fx.Provide(
		func() *fake.Echo { return fake.NewEcho(fake.EchoOptions{Latency: c.EchoLatency}) },
		func(e *fake.Echo) ports.LLM { return e },
	)
}

// newModel is the one provider, or several that fall over in order.
func newModel(c configs.Config, log *slog.Logger, m *metrics.Metrics) (ports.LLM, error) {
	var providers []failover.Provider
	for _, one := range c.Models {
		open, err := named(models, one.Name, "LLM_PROVIDERS")
		if err != nil {
			return nil, err
		}
		model, err := open(one)
		if err != nil {
			return nil, fmt.Errorf("opening the model of %s: %w", one.Name, err)
		}
		providers = append(providers, failover.Provider{Name: one.Name, LLM: model})
	}
	if len(providers) == 1 {
		return failover.Alone(providers[0], m.Provider), nil
	}
	return failover.New(providers, failover.Options{Log: log, Observe: m.Provider})
}

// named is what there is of a name that a variable holds.
func named[T any](all map[string]T, name, variable string) (T, error) {
	one, ok := all[name]
	if !ok {
		return one, fmt.Errorf("%s: there is no %s, but %s", variable, name, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	return one, nil
}

// inTurn tells of those that are asked one after the other.
func inTurn[T any](all []T, name func(T) string) string {
	var names []string
	for _, one := range all {
		names = append(names, name(one))
	}
	return strings.Join(names, ", then ")
}
