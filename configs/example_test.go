package configs

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/caarlos0/env/v11"
	"github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"
)

// example.env holds every variable, at its default, and no secret.
func TestTheExampleIsWholeAndTrue(t *testing.T) {
	example, err := godotenv.Read("example.env")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	if _, err := Load(func(name string) string { want[name] = ""; return "" }); err != nil {
		t.Fatal(err)
	}
	fields, err := env.GetFieldParams(&variables{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		want[f.Key] = f.DefaultValue
	}
	if diff := cmp.Diff(want, example); diff != "" {
		t.Errorf("(-known and its default, +in the example)\n%s", diff)
	}
	c, err := Load(func(name string) string { return example[name] })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(load(t), c); diff != "" {
		t.Errorf("the example is not the default (-default +example)\n%s", diff)
	}
}

// Each variable of the example has a comment right above it.
func TestTheExampleExplains(t *testing.T) {
	raw, err := os.ReadFile("example.env")
	if err != nil {
		t.Fatal(err)
	}
	before := ""
	for line := range strings.Lines(string(raw)) {
		if regexp.MustCompile(`^[A-Z_]+=`).MatchString(line) && !strings.HasPrefix(before, "# ") {
			t.Errorf("%s has no comment", strings.TrimSpace(line))
		}
		before = line
	}
}
