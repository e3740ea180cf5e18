package configs

import (
	"slices"
	"testing"
)

func TestHTTPAddr(t *testing.T) {
	for _, c := range []struct{ addr, port, want string }{
		{"", "", "127.0.0.1:8000"},
		{"127.0.0.1:0", "", "127.0.0.1:0"},
		{"127.9.9.9:80", "", "127.9.9.9:80"},
		{"localhost:80", "", "localhost:80"},
		{"[::1]:80", "", "[::1]:80"},
		{"127.0.0.1:80", "9000", "127.0.0.1:80"},
	} {
		if got := (environment{"HTTP_ADDR": c.addr, "PORT": c.port}).load(t).HTTPAddr; got != c.want {
			t.Errorf("with HTTP_ADDR=%q PORT=%q, HTTPAddr = %s, want %s", c.addr, c.port, got, c.want)
		}
	}
	for variable, values := range map[string][]string{
		"HTTP_ADDR": {
			"8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "::1:80:80", "127.0.0.1:-1",
		},
		"PORT": {"http", ":8000", "65536", "127.0.0.1:8000", "-1", "80 "},
	} {
		for _, value := range values {
			environment{"APP_ENV": "development", variable: value}.wantProblems(t, variable)
		}
	}
}

// Without this rule, a development server that returns login codes could be reachable from the internet by accident.
func TestAnAddressOtherThanLoopbackNeedsAppEnv(t *testing.T) {
	for _, c := range []struct{ variable, value, want string }{
		{"PORT", "8080", ":8080"},
		{"HTTP_ADDR", ":8080", ":8080"},
		{"HTTP_ADDR", "0.0.0.0:80", "0.0.0.0:80"},
		{"HTTP_ADDR", "[::]:80", "[::]:80"},
		{"HTTP_ADDR", "192.0.2.1:80", "192.0.2.1:80"},
		{"HTTP_ADDR", "localhost.example:80", "localhost.example:80"},
	} {
		environment{c.variable: c.value}.wantProblems(t, "APP_ENV")
		if got := (environment{c.variable: c.value, "APP_ENV": "development"}).load(t).HTTPAddr; got != c.want {
			t.Errorf("with %s=%s, HTTPAddr = %s, want %s", c.variable, c.value, got, c.want)
		}
	}
	set := environment{"PORT": "8080", "DEBUG": "False"}
	if got := variablesOf(set.problems()); !slices.Contains(got, "APP_ENV") {
		t.Errorf("Load(%q) has problems with %q, want APP_ENV among them: DEBUG is not explicit enough", set, got)
	}
}
