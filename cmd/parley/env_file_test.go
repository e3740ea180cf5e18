package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/configs"
)

// loadEnvFile loads the configuration with this .env file, and returns the error and the log.
func loadEnvFile(t *testing.T, text string) (log string, err error) {
	t.Helper()
	setEnvironment(t, nil)
	if err := os.WriteFile(".env", []byte(text), 0o600); err != nil {
		t.Fatalf("writing .env: %v", err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatalf("creating the log file: %v", err)
	}
	defer out.Close()
	stderr := os.Stderr
	defer func() { os.Stderr = stderr }()
	os.Stderr = out
	_, loadErr := loadAs(configs.RoleServe)
	raw, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatalf("reading the log file: %v", err)
	}
	return string(raw), loadErr
}

// unset removes a variable that .env sets, and restores it after the test.
func unset(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil {
			t.Fatalf("removing %s: %v", name, err)
		}
	}
}

func TestUnknownVariablesOfTheEnvFileAreLogged(t *testing.T) {
	unset(t, "GEMINI_APIKEY", "WEATHER", "USER_BACKLOG")
	t.Setenv("DATABSE_URL", "of the process") // is not in the file
	log, err := loadEnvFile(t, "GEMINI_APIKEY=canary-1\nWEATHER=canary-2\nUSER_BACKLOG=7\n")
	if err != nil {
		t.Fatalf("loading failed: %v", err)
	}
	for _, want := range []string{"variable=GEMINI_APIKEY did_you_mean=GEMINI_API_KEY\n", "variable=WEATHER\n"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log is %q, want %q in it", log, want)
		}
	}
	if n := strings.Count(log, "level=WARN"); n != 2 || strings.Contains(log, "canary") {
		t.Errorf("the log has %d warnings, want 2 without values: %q", n, log)
	}
}

// The misspelled variable is often the reason of the error.
func TestUnknownVariablesAreAlsoLoggedWithAnInvalidConfiguration(t *testing.T) {
	unset(t, "DATABSE_URL", "REDIS_URL")
	log, err := loadEnvFile(t, "DATABSE_URL=postgres://canary/db\nREDIS_URL=redis://canary\n")
	if err == nil || !strings.Contains(err.Error(), "DATABASE_URL: must be set") {
		t.Errorf("loading returned %v, want an error about DATABASE_URL", err)
	}
	if !strings.Contains(log, "variable=DATABSE_URL did_you_mean=DATABASE_URL") || strings.Contains(log, "canary") {
		t.Errorf("the log is %q, want a warning about DATABSE_URL without its value", log)
	}
}

// The second line may be the end of a secret, so it must not be read as a name.
func TestALineWithoutAnEqualsSignIsAProblem(t *testing.T) {
	unset(t, "SECRET_KEY", "LOG_FORMAT")
	log, err := loadEnvFile(t, "SECRET_KEY=canary1\ncanary2\nLOG_FORMAT=json\n")
	if err == nil || !strings.HasPrefix(err.Error(), ".env: ") || strings.Contains(log+err.Error(), "canary") {
		t.Errorf("loading returned %v and logged %q, want an error about .env without its content", err, log)
	}
}

func TestTheEnvironmentTakesPrecedenceOverTheEnvFile(t *testing.T) {
	t.Setenv("USER_BACKLOG", "9")
	unset(t, "USER_CONCURRENCY")
	if _, err := loadEnvFile(t, "USER_BACKLOG=7\nUSER_CONCURRENCY=3\n"); err != nil {
		t.Fatalf("loading failed: %v", err)
	}
	if got := os.Getenv("USER_BACKLOG") + os.Getenv("USER_CONCURRENCY"); got != "93" {
		t.Errorf("USER_BACKLOG and USER_CONCURRENCY are %q, want 93", got)
	}
}

// The tests may run as root, who can read every file. So these are no files.
func TestAnEnvFileThatCannotBeReadIsAProblem(t *testing.T) {
	for name, add := range map[string]func() error{
		"a directory":           func() error { return os.Mkdir(".env", 0o700) },
		"a link to no file":     func() error { return os.Symlink("missing", ".env") },
		"a link to itself":      func() error { return os.Symlink(".env", ".env") },
		"a file in another one": func() error { return os.Symlink(os.Args[0]+"/x", ".env") },
	} {
		t.Run(name, func(t *testing.T) {
			setEnvironment(t, nil)
			if err := add(); err != nil {
				t.Fatalf("creating .env: %v", err)
			}
			_, err := loadAs(configs.RoleServe)
			const want = ".env: must be a file that this process can read, or be removed: "
			if err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) == len(want) {
				t.Errorf("loading returned %v, want %q and the reason", err, want)
			}
		})
	}
}
