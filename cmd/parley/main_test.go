package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

func TestWelcomeShowsURLsAndStandIns(t *testing.T) {
	text := welcomeText(t, configs.RoleServe, "")
	for _, want := range []string{
		"Open http://127.0.0.1:8000/ in a browser", "http://127.0.0.1:8000/docs", "/openapi.json", "(development)",
		"store", "memory", "model", "echo", "payments", "pretend checkout", "sms", "outbox", "(stand-in: ",
		"SECRET_KEY is not set",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the welcome text does not contain %q:\n%s", want, text)
		}
	}
}

func TestWelcomeOfAWorkerShowsHealthChecksOnly(t *testing.T) {
	text := welcomeText(t, configs.RoleWorker, "")
	if !strings.Contains(text, "/readyz") {
		t.Errorf("the welcome text does not contain /readyz:\n%s", text)
	}
	if strings.Contains(text, "/docs") || strings.Contains(text, "openapi") {
		t.Errorf("the welcome text names pages that a worker does not serve:\n%s", text)
	}
}

// Programs that read JSON lines must not get other text.
func TestWelcomeIsEmptyWhenTheLogIsJSON(t *testing.T) {
	if text := welcomeText(t, configs.RoleServe, "json"); text != "" {
		t.Errorf("the welcome text is not empty:\n%s", text)
	}
}

// welcomeText returns the welcome text of a process with the role and LOG_FORMAT.
func welcomeText(t *testing.T, role configs.Role, logFormat string) string {
	t.Helper()
	c, err := configs.Load(func(name string) string { return map[string]string{"LOG_FORMAT": logFormat}[name] })
	if err != nil {
		t.Fatalf("loading the configuration: %v", err)
	}
	c.Role = role
	app, err := boot.New(c, boot.Log(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatalf("wiring the program: %v", err)
	}
	var out bytes.Buffer
	welcome(&out, c, app)
	return out.String()
}

// Scripts use the output of this command.
func TestVersionPrintsTheVersionOnly(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatalf("creating the output file: %v", err)
	}
	defer out.Close()
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	os.Stdout = out
	runCommand(t, "version")
	got, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatalf("reading the output: %v", err)
	}
	if want := boot.Version() + "\n"; string(got) != want {
		t.Errorf("parley version printed %q, want %q", got, want)
	}
}

// runCommand runs the program with a command line.
func runCommand(t *testing.T, args ...string) {
	t.Helper()
	k, err := kong.New(&commands{})
	if err != nil {
		t.Fatalf("describing the commands: %v", err)
	}
	command, err := k.Parse(args)
	if err != nil {
		t.Fatalf("parsing the command line %q: %v", args, err)
	}
	if err := command.Run(); err != nil {
		t.Fatalf("running parley %q: %v", args, err)
	}
}

// setEnvironment sets variables for the test, and changes to a directory without a .env file.
func setEnvironment(t *testing.T, variables map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

// Package configs finds some problems and package boot the others.
func TestAllProblemsAreReportedTogether(t *testing.T) {
	setEnvironment(t, map[string]string{
		"APP_ENV":       "production",
		"LLM_PROVIDERS": "nosuch",
		"SMS_SENDERS":   "twilio,brand",
		"SMS_COUNTRIES": "US,ZX",
	})
	_, err := loadAs(configs.RoleAPI)
	if err == nil {
		t.Fatal("loading an invalid configuration returned no error")
	}
	for _, want := range []string{
		"REDIS_URL: ", "DATABASE_URL: ", "SECRET_KEY: ", "FRONTEND_URL: ", "TWILIO_FROM: ",
		"NOSUCH_API_KEY or NOSUCH_BASE_URL: ", "LLM_PROVIDERS: ", "SMS_SENDERS: ", "SMS_COUNTRIES: ",
	} {
		if n := strings.Count(err.Error(), "\n"+want); n != 1 {
			t.Errorf("the error has %d lines that begin with %q, want 1:\n%v", n, want, err)
		}
	}
}

// The order does not change from start to start.
func TestProblemsAreSorted(t *testing.T) {
	setEnvironment(t, map[string]string{"NATS_URL": "nats://queue", "LLM_PROVIDERS": "nosuch"})
	_, err := loadAs(configs.RoleAPI)
	if err == nil {
		t.Fatal("loading an invalid configuration returned no error")
	}
	lines := strings.Split(err.Error(), "\n")[1:]
	if len(lines) < 5 || !slices.IsSorted(lines) {
		t.Errorf("the error has the lines %q, want at least 5, sorted", lines)
	}
}

func TestAMalformedEnvFileIsAProblem(t *testing.T) {
	setEnvironment(t, nil)
	if err := os.WriteFile(".env", []byte("canary\n"), 0o600); err != nil {
		t.Fatalf("writing .env: %v", err)
	}
	_, err := loadAs(configs.RoleServe)
	if err == nil || !strings.HasPrefix(err.Error(), ".env: ") || strings.Contains(err.Error(), "canary") {
		t.Errorf("loading returned %v, want an error about .env without its content", err)
	}
}

// Migrating needs none of the secrets that production requires otherwise.
func TestMigrateNeedsTheDatabaseURLOnly(t *testing.T) {
	for databaseURL, want := range map[string]string{
		"":                               "DATABASE_URL: must be set",
		"mysql://db":                     "DATABASE_URL: must be a postgres",
		"postgres://127.0.0.1:1/missing": "DATABASE_URL",
	} {
		setEnvironment(t, map[string]string{"APP_ENV": "production", "DATABASE_URL": databaseURL})
		if err := (migrateCommand{}).Run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with DATABASE_URL=%q, parley migrate returned %v, want an error with %q", databaseURL, err, want)
		}
	}
}
