package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

func TestWelcomeSaysWhereThingsAreAndWhatIsNotReal(t *testing.T) {
	said := welcomed(t, configs.Serve, "")
	for _, want := range []string{
		"http://127.0.0.1:8000/docs", "/openapi.json", "(development)",
		"store", "memory", "everything is gone when the program ends",
		"model", "echo", "payments", "pretend checkout", "sms", "outbox", "tokens end with this process",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the welcome does not say %q:\n%s", want, said)
		}
	}
}

// A worker serves no documents, and a stream of JSON lines gets no other text.
func TestWelcomesOfOthers(t *testing.T) {
	if said := welcomed(t, configs.Worker, ""); !strings.Contains(said, "/readyz") || strings.Contains(said, "/docs") || strings.Contains(said, "openapi") {
		t.Errorf("a worker says:\n%s", said)
	}
	if said := welcomed(t, configs.Serve, "json"); said != "" {
		t.Errorf("among lines of JSON:\n%s", said)
	}
}

// welcomed is the welcome of a process that logs in a format.
func welcomed(t *testing.T, role configs.Role, format string) string {
	t.Helper()
	c, err := configs.Load(func(name string) string { return map[string]string{"LOG_FORMAT": format}[name] })
	if err != nil {
		t.Fatal(err)
	}
	c.Role = role
	app, err := boot.New(c, boot.Log(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	welcome(&out, c, app)
	return out.String()
}

// The version is printed alone, for scripts.
func TestTheVersionIsPrinted(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	real := os.Stdout
	defer func() { os.Stdout = real }()
	os.Stdout = out
	k, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := k.Parse([]string{"version"})
	if err != nil {
		t.Fatal(err)
	}
	if err := asked.Run(); err != nil {
		t.Fatal(err)
	}
	if said, err := os.ReadFile(out.Name()); err != nil || string(said) != boot.Version()+"\n" {
		t.Errorf("%q, %v", said, err)
	}
}

// set makes these the variables of the process, in a directory without a .env file.
func set(t *testing.T, variables map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

func TestAllThatIsWrongIsToldInOneGo(t *testing.T) {
	set(t, map[string]string{"APP_ENV": "production", "LLM_PROVIDERS": "acme", "SMS_SENDERS": "twilio,brand", "SMS_COUNTRIES": "US,ZX"})
	_, err := load(as(configs.API))
	if err == nil {
		t.Fatal("it starts")
	}
	for _, want := range []string{
		"REDIS_URL: ", "DATABASE_URL: ", "SECRET_KEY: ", "FRONTEND_URL: ", "ACME_API_KEY or ACME_BASE_URL: ", "TWILIO_FROM: ",
		"LLM_PROVIDERS: there is no acme", "SMS_SENDERS: there is no brand", "SMS_COUNTRIES: must be ISO 3166 regions",
	} {
		if strings.Count(err.Error(), "\n"+want) != 1 {
			t.Errorf("%q is not told, or twice:\n%v", want, err)
		}
	}
}

// Migrating gets as far as the database, in production, too, with none of the program's secrets.
func TestMigrateAsksForTheDatabaseAlone(t *testing.T) {
	for url, want := range map[string]string{
		"":                               "DATABASE_URL: must be set",
		"mysql://db":                     "DATABASE_URL: must be a postgres",
		"postgres://127.0.0.1:1/nowhere": "migrating the database (DATABASE_URL): ",
	} {
		set(t, map[string]string{"APP_ENV": "production", "DATABASE_URL": url})
		if err := (migrate{}).Run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("DATABASE_URL=%s: %v", url, err)
		}
	}
}
