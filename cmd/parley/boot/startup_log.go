package boot

import (
	"log/slog"
	"strings"

	"github.com/kuvaka-tech/parley/configs"
)

// logStart logs one line with the role, the addresses and the adapters of the
// started process.
func (a *App) logStart(log *slog.Logger) {
	c := a.server.config
	attrs := []any{
		"role", c.Role.String(),
		"version", Version(),
		"env", c.Env,
		"address", a.URL(),
	}
	if c.Role != configs.RoleWorker {
		attrs = append(attrs, "page", a.URL()+"/")
	}
	if a.metricsURL != "" {
		attrs = append(attrs, "metrics", a.metricsURL)
	}
	var standIns []string
	toKey := strings.NewReplacer(" ", "_", "-", "_")
	for _, adapter := range a.adapters {
		key := toKey.Replace(adapter.Port)
		attrs = append(attrs, key, adapter.Name)
		if adapter.StandIn {
			standIns = append(standIns, key)
		}
	}
	attrs = append(attrs,
		"stand_ins", strings.Join(standIns, ","),
		"random_secret_key", len(c.SecretKeys) == 0)
	log.Info("started", attrs...)
}
