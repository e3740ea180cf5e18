//go:build linux

package rig

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// Trust is the variable that lets clients on loopback say whose address theirs
// is, so that they do not share one address's budgets.
const Trust = "TRUSTED_PROXIES=127.0.0.0/8"

var people atomic.Int64

// Person is a new one, logged in at a program that listens at a URL.
func Person(t testing.TB, url string) *client.Client {
	t.Helper()
	n := people.Add(1)
	body := map[string]string{"mobile_number": fmt.Sprintf("+1%03d%07d", 200+rand.IntN(800), n)}
	from := []string{"X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", rand.IntN(256), n/256%256, n%256)}
	c := client.At(url)
	body["otp"] = want(t, c, http.StatusOK, "POST", "/auth/send-otp", body, from...).Get("otp")
	return c.As(want(t, c, http.StatusOK, "POST", "/auth/verify-otp", body, from...).Get("access_token"))
}

// Room is a new one of a person's.
func Room(t testing.TB, c *client.Client) (id string) {
	t.Helper()
	return want(t, c, http.StatusCreated, "POST", "/chatroom", map[string]string{"name": "Room"}).Get("id")
}

func want(t testing.TB, c *client.Client, status int, method, path string, body any, headers ...string) client.Answer {
	t.Helper()
	a, err := c.Call(method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, a.Status, a.Body, status)
	}
	return a
}
