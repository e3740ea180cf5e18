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

func TestExampleEnvListsEveryVariableWithItsDefault(t *testing.T) {
	example, err := godotenv.Read("example.env")
	if err != nil {
		t.Fatalf("reading example.env: %v", err)
	}
	want := map[string]string{}
	recordName := func(variable string) string { want[variable] = ""; return "" }
	if _, err := Load(recordName); err != nil {
		t.Fatalf("loading the defaults: %v", err)
	}
	fields, err := env.GetFieldParams(&variables{})
	if err != nil {
		t.Fatalf("listing the variables: %v", err)
	}
	for _, f := range fields {
		want[f.Key] = f.DefaultValue
	}
	if diff := cmp.Diff(want, example); diff != "" {
		t.Errorf("example.env differs from the variables and their defaults (-defaults +example.env)\n%s", diff)
	}
	if diff := cmp.Diff(environment{}.load(t), environment(example).load(t)); diff != "" {
		t.Errorf("the configuration of example.env differs from the default (-default +example.env)\n%s", diff)
	}
}

func TestExampleEnvExplainsEveryVariable(t *testing.T) {
	raw, err := os.ReadFile("example.env")
	if err != nil {
		t.Fatalf("reading example.env: %v", err)
	}
	isVariable := regexp.MustCompile(`^[A-Z_]+=`).MatchString
	previous := ""
	for line := range strings.Lines(string(raw)) {
		if isVariable(line) && !strings.HasPrefix(previous, "# ") {
			t.Errorf("%s has no comment on the line above", strings.TrimSpace(line))
		}
		previous = line
	}
}
