//go:build linux

package rig

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// Trust is the variable that lets clients on loopback set their address with
// X-Forwarded-For, so that they do not share the rate limits of one address.
const Trust = "TRUSTED_PROXIES=127.0.0.0/8"

var people atomic.Int64

// Person returns a device logged in with a new number at a program that listens at a URL.
func Person(t testing.TB, baseURL string) client.Device {
	t.Helper()
	return client.Device{Client: client.At(baseURL), TB: t}.Login(client.Number(), fromNewAddress()...)
}

// RefreshToken returns the refresh token of a new number at a program that listens at a URL.
func RefreshToken(t testing.TB, baseURL string) string {
	t.Helper()
	d := client.Device{Client: client.At(baseURL), TB: t}
	return d.Tokens(client.Number(), fromNewAddress()...).Field("refresh_token")
}

// fromNewAddress returns the header of a request from an address that nobody has used.
func fromNewAddress() []string {
	n := people.Add(1)
	return []string{"X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", rand.IntN(256), n/256%256, n%256)}
}
