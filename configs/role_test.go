package configs

import (
	"slices"
	"strings"
	"testing"
)

// What several processes need in common is told with all the rest, each once.
func TestWhatARoleNeedsIsToldWithTheRest(t *testing.T) {
	production := append([]string{"FRONTEND_URL", noModel, "SECRET_KEY"}, standIns...)
	for _, c := range []struct {
		env  string
		role Role
		want []string
	}{
		{Production, Serve, production},
		{Production, API, append(production, "REDIS_URL")},
		{Production, Worker, append(production, "REDIS_URL")},
		{Development, API, []string{"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}},
		{Development, Serve, nil},
	} {
		var got []string
		loaded, err := LoadAs(c.role, environ("APP_ENV", c.env))
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				name, _, _ := strings.Cut(line, ":")
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if want := slices.Sorted(slices.Values(c.want)); !slices.Equal(got, want) || loaded.Role != c.role {
			t.Errorf("%s in %s: problems with %v, want %v", c.role, c.env, got, want)
		}
	}
}

func TestRolesAreCalledAsTheirCommands(t *testing.T) {
	if got := Serve.String() + API.String() + Worker.String(); got != "serveapiworker" {
		t.Errorf("called %s", got)
	}
}

// Bringing the schema up to date takes the database and nothing else, in production, too.
func TestMigratingNeedsTheDatabaseOnly(t *testing.T) {
	const good = "postgres://db/parley"
	if c, err := LoadDatabase(environ("APP_ENV", "production", "PORT", "none", "DATABASE_URL", good)); err != nil || c.DatabaseURL != good {
		t.Errorf("%v, %v", c.DatabaseURL, err)
	}
	for _, bad := range []string{"", "canary", "mysql://canary/db", "postgres://u:canary@%zz"} {
		_, err := LoadDatabase(environ("DATABASE_URL", bad))
		if err == nil || !strings.HasPrefix(err.Error(), "DATABASE_URL: ") || strings.Contains(err.Error(), "canary") {
			t.Errorf("DATABASE_URL=%s: %v", bad, err)
		}
	}
}

func TestHowLogLinesAreWritten(t *testing.T) {
	for _, c := range []struct {
		env, format string
		json        bool
	}{{Development, "", false}, {Development, "json", true}, {Production, "", true}, {Production, "text", false}, {Production, "json", true}} {
		got, _ := Load(environ("APP_ENV", c.env, "LOG_FORMAT", c.format)) // production lacks the rest
		if got.LogsJSON() != c.json {
			t.Errorf("LOG_FORMAT=%q in %s: JSON %v", c.format, c.env, got.LogsJSON())
		}
	}
}
