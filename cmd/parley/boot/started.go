package boot

import (
	"log/slog"
	"strings"
)

// tellStart writes the one line of a process that has started: as what, where, and on which adapters.
func (a *App) tellStart(log *slog.Logger) {
	c := a.server.config
	facts := []any{"role", c.Role.String(), "version", Version(), "env", c.Env, "address", a.URL()}
	if a.metrics != "" {
		facts = append(facts, "metrics", a.metrics)
	}
	var standIns []string
	key := strings.NewReplacer(" ", "_", "-", "_")
	for _, p := range a.parts {
		port := key.Replace(p.Port)
		facts = append(facts, port, p.Adapter)
		if p.StandIn {
			standIns = append(standIns, port)
		}
	}
	log.Info("started", append(facts, "stand_ins", strings.Join(standIns, ","), "random_secret_key", len(c.SecretKeys) == 0)...)
}
