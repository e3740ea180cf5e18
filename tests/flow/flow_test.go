// Package flow drives the whole program over HTTP, started through boot as main
// starts it, the same on every stack.
package flow

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// program is a running Parley and what the test can see of it.
type program struct {
	*boot.App
	t      *testing.T
	log    *client.Log
	outbox *fake.Outbox
}

// config is a development configuration with the variables that are given, name, value, name, value.
func config(t testing.TB, variables ...string) configs.Config {
	t.Helper()
	set := map[string]string{"HTTP_ADDR": "127.0.0.1:0", "ECHO_LATENCY": "1ms"}
	variables = append(slices.Clone(stack), variables...)
	for i := 0; i+1 < len(variables); i += 2 {
		set[variables[i]] = variables[i+1]
	}
	c, err := configs.Load(func(name string) string { return set[name] })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// start runs the program until the test ends. Passwords are hashed cheaply, as
// argon2id's own tests cover the real thing.
func start(t *testing.T, c configs.Config, options ...boot.Option) *program {
	t.Helper()
	p := &program{t: t, log: &client.Log{}, outbox: &fake.Outbox{}}
	log := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	options = append([]boot.Option{boot.Log(log), boot.Keep(p.outbox), boot.Keep[ports.Hasher](&fake.Hasher{})}, options...)
	app, err := boot.New(c, options...)
	if err != nil {
		t.Fatal(err)
	}
	p.App = app
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := app.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return p
}

// device calls and checks in one step.
type device struct {
	*client.Client
	t *testing.T
}

func (p *program) device() device { return device{client.At(p.URL()), p.t} }

// want calls and fails the test unless the status is as expected.
func (d device) want(status int, method, path string, body any, headers ...string) client.Answer {
	d.t.Helper()
	a, err := d.Call(method, path, body, headers...)
	if err != nil {
		d.t.Fatal(err)
	}
	if a.Status != status {
		d.t.Fatalf("%s %s: %d %s, want %d", method, path, a.Status, a.Body, status)
	}
	return a
}

type object map[string]any

var numbers atomic.Int64

// number is one that no other test uses, in a block of its own so that prefix budgets do not meet.
func number() string { return fmt.Sprintf("+1%06d0000", 200_000+numbers.Add(1)) }

// login proves a number by a code and returns the device with its token.
func (d device) login(number string) device {
	d.t.Helper()
	otp := d.want(http.StatusOK, "POST", "/auth/send-otp", object{"mobile_number": number}).Get("otp")
	token := d.want(http.StatusOK, "POST", "/auth/verify-otp", object{"mobile_number": number, "otp": otp}).Get("access_token")
	return device{d.As(token), d.t}
}

func (d device) room(name string) string {
	d.t.Helper()
	return d.want(http.StatusCreated, "POST", "/chatroom", object{"name": name}).Get("id")
}

// ask sends a text and returns the path of its reply.
func (d device) ask(room, text string, headers ...string) string {
	d.t.Helper()
	return d.want(http.StatusAccepted, "POST", "/chatroom/"+room+"/message", object{"content": text}, headers...).Header.Get("Location")
}

// answer waits for a reply to be final.
func (d device) answer(path string) client.Answer {
	d.t.Helper()
	return d.want(http.StatusOK, "GET", path+"?wait=30", nil)
}
