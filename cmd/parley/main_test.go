package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

func TestWelcomeSaysWhereThingsAreAndWhatIsNotReal(t *testing.T) {
	c, err := configs.Load(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	app, err := boot.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	welcome(&out, c, app)
	for _, want := range []string{
		"http://127.0.0.1:8000/docs", "/openapi.json", "(development)",
		"store", "memory", "everything is gone when the program ends",
		"model", "echo", "payments", "pretend checkout", "sms", "outbox", "tokens end with this process",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the welcome does not say %q:\n%s", want, out.String())
		}
	}
}
