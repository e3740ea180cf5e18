package configs

import (
	"slices"
	"strings"
	"testing"
)

func TestLoadAsReportsEachProblemOnce(t *testing.T) {
	empty := append([]string{"FRONTEND_URL", anyLLMProvider, "SECRET_KEY"}, productionLacks...)
	for _, c := range []struct {
		appEnv string
		role   Role
		want   []string
	}{
		{Production, RoleServe, empty},
		{Production, RoleAPI, append(empty, "REDIS_URL")},
		{Production, RoleWorker, append(empty, "REDIS_URL")},
		{Development, RoleAPI, []string{"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}},
		{Development, RoleServe, nil},
	} {
		loaded, err := LoadAs(c.role, environment{"APP_ENV": c.appEnv}.get)
		if loaded.Role != c.role {
			t.Errorf("LoadAs(%s) returned the role %s", c.role, loaded.Role)
		}
		lines := linesOf(err)
		want := slices.Sorted(slices.Values(c.want))
		if got := variablesOf(lines); !slices.Equal(got, want) || len(lines) != len(want) {
			t.Errorf("LoadAs(%s) in %s reports %q, want one problem for each of %q", c.role, c.appEnv, lines, want)
		}
	}
}

func TestRoleString(t *testing.T) {
	for role, want := range map[Role]string{RoleServe: "serve", RoleAPI: "api", RoleWorker: "worker"} {
		if got := role.String(); got != want {
			t.Errorf("Role(%q).String() = %q, want the command %q", string(role), got, want)
		}
	}
}

func TestLoadDatabaseReadsTheDatabaseURLOnly(t *testing.T) {
	const valid = "postgres://db/parley"
	set := environment{"APP_ENV": "production", "PORT": "invalid", "DATABASE_URL": valid}
	c, err := LoadDatabase(set.get)
	if err != nil || c.DatabaseURL != valid {
		t.Errorf("LoadDatabase(%q) = %q, %v, want the URL and no error", set, c.DatabaseURL, err)
	}
	for _, invalid := range []string{"", "canary", "mysql://canary/db", "postgres://u:canary@%zz"} {
		_, err := LoadDatabase(environment{"DATABASE_URL": invalid}.get)
		lines := linesOf(err)
		if !slices.Equal(variablesOf(lines), []string{"DATABASE_URL"}) || strings.Contains(lines[0], "canary") {
			t.Errorf("with DATABASE_URL=%q, LoadDatabase reports %q, want a DATABASE_URL problem without the value",
				invalid, lines)
		}
	}
}
