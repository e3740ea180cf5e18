package flow

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
)

const forwardedFor = "X-Forwarded-For"

// useUpSignups sends as many signups as the rate limit of an address allows.
func (d device) useUpSignups(headers ...string) {
	d.Helper()
	for range 30 {
		d.Want(http.StatusUnprocessableEntity, "POST", "/auth/signup", object{}, headers...)
	}
}

// signupsLimited reports whether the rate limit refuses a signup of the device.
func (d device) signupsLimited(headers ...string) bool {
	d.Helper()
	return d.callStatus("POST", "/auth/signup", object{}, headers...) == http.StatusTooManyRequests
}

// An IPv6 /64 network is one subscriber. An IPv6 address that contains an IPv4 address is the
// IPv4 address.
func TestAddressesOfOneSubscriberShareARateLimit(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		p.deviceAt("2001:db8:0:1::1").useUpSignups()
		p.deviceAt("192.0.2.1").useUpSignups()
		for address, want := range map[string]bool{
			"2001:db8:0:1::1":                  true,
			"2001:db8:0:1:ffff:ffff:ffff:ffff": true,
			"2001:db8:0:2::1":                  false,
			"2001:db8::1":                      false,
			"192.0.2.1":                        true,
			"::ffff:192.0.2.1":                 true,
			"::ffff:192.0.2.2":                 false,
			"2002:c000:201:abcd::1":            true, // 6to4
			"2002:c000:202::1":                 false,
			"64:ff9b::192.0.2.1":               true, // NAT64
			"64:ff9b::192.0.2.2":               false,
		} {
			if got := p.deviceAt(address).signupsLimited(); got != want {
				t.Errorf("signup from %s is rate limited = %v, want %v", address, got, want)
			}
		}
	})
}

// The clients 192.0.2.1, without a proxy, and 198.51.100.1, behind a proxy, have used
// up their rate limits. The last address of X-Forwarded-For that is not a proxy counts.
func TestForwardedForIsReadFromTrustedProxiesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "TRUSTED_PROXIES", "10.9.0.0/16, 2001:db8:9::/48"), boot.InProcess())
		p.deviceAt("192.0.2.1").useUpSignups()
		p.deviceAt("10.9.0.1").useUpSignups(forwardedFor, "198.51.100.1")
		for name, c := range map[string]struct {
			peer, header string
			limited      bool
		}{
			"limited client with another address": {"192.0.2.1", "203.0.113.1", true},
			"client with a limited address":       {"192.0.2.2", "198.51.100.1", false},
			"proxy for the direct client":         {"10.9.0.1", "192.0.2.1", true},
			"another proxy":                       {"10.9.7.7", "198.51.100.1", true},
			"IPv6 proxy":                          {"2001:db8:9::1", "198.51.100.1", true},
			"proxy for another client":            {"10.9.0.1", "198.51.100.2", false},
			"address added by the client":         {"10.9.0.1", "203.0.113.9, 198.51.100.1", true},
			"limited address added by the client": {"10.9.0.1", "198.51.100.1, 203.0.113.9", false},
			"two proxies":                         {"10.9.0.1", "198.51.100.1, 10.9.3.3", true},
			"IPv4 and IPv6 proxy":                 {"10.9.0.1", "198.51.100.1,2001:db8:9::5 ", true},
			"IPv4 address in IPv6 notation":       {"10.9.0.1", "203.0.113.9, ::ffff:192.0.2.1", true},
			"invalid address: the proxy counts":   {"10.9.0.1", "198.51.100.1, unknown", false},
			"no address: the proxy counts":        {"10.9.0.1", "", false},
		} {
			if got := p.deviceAt(c.peer).signupsLimited(forwardedFor, c.header); got != c.limited {
				t.Errorf("%s: request from %s for %q is rate limited = %v, want %v",
					name, c.peer, c.header, got, c.limited)
			}
		}
	})
}
