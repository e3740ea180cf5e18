package main

import (
	"fmt"
	"io"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

// welcome prints the URLs and the adapters of the program for a person at a terminal.
// It prints nothing when the log is JSON. The log line "started" contains the same.
func welcome(w io.Writer, c configs.Config, app *boot.App) {
	if c.LogsJSON() {
		return
	}
	fmt.Fprintf(w, "\nParley %s listens on %s (%s). %s\n", boot.Version(), app.URL(), c.Env, pages(c.Role, app.URL()))
	if metrics := app.MetricsURL(); metrics != "" {
		fmt.Fprintf(w, "Metrics: %s\n", metrics)
	}
	fmt.Fprintln(w)
	for _, a := range app.Adapters() {
		fmt.Fprintf(w, "  %-12s %s", a.Port, a.Name)
		if a.StandIn {
			fmt.Fprintf(w, "  (stand-in: %s)", a.Note)
		}
		fmt.Fprintln(w)
	}
	if len(c.SecretKeys) == 0 {
		fmt.Fprint(w, "\n  SECRET_KEY is not set: a random key is used, "+
			"and access tokens become invalid when this process ends.\n")
	}
	fmt.Fprintln(w)
}

// pages returns a sentence about the pages that a process of the role serves.
func pages(role configs.Role, baseURL string) string {
	if role == configs.RoleWorker {
		return "A worker serves /healthz and /readyz only."
	}
	return fmt.Sprintf("Open %[1]s/ in a browser. Documentation: %[1]s/docs and %[1]s/openapi.json", baseURL)
}
