package main

import (
	"fmt"
	"io"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

// welcome says where things are and what is not real, to people: where log lines
// are JSON, the one that tells of the start holds it.
func welcome(w io.Writer, c configs.Config, app *boot.App) {
	if c.LogsJSON() {
		return
	}
	fmt.Fprintf(w, "\nParley %s listens on %s (%s). %s\n", boot.Version(), app.URL(), c.Env, pages(c.Role, app.URL()))
	if metrics := app.MetricsURL(); metrics != "" {
		fmt.Fprintf(w, "Metrics: %s\n", metrics)
	}
	fmt.Fprintln(w)
	for _, p := range app.Parts() {
		fmt.Fprintf(w, "  %-12s %s", p.Port, p.Adapter)
		if p.StandIn {
			fmt.Fprintf(w, "  (stand-in: %s)", p.Note)
		}
		fmt.Fprintln(w)
	}
	if len(c.SecretKeys) == 0 {
		fmt.Fprint(w, "\n  SECRET_KEY is not set: a random one is used, and tokens end with this process.\n")
	}
	fmt.Fprintln(w)
}

// pages says what there is to see at the URL.
func pages(r configs.Role, url string) string {
	if r == configs.Worker {
		return "A worker answers /healthz and /readyz there, and nothing else."
	}
	return fmt.Sprintf("Documents: %[1]s/docs and %[1]s/openapi.json", url)
}
