package configs

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// httpAddr returns the address to listen on: HTTP_ADDR, PORT on all addresses, or 127.0.0.1:8000.
func (l *loader) httpAddr() string {
	switch {
	case l.HTTPAddr != "":
		l.checkHTTPAddr()
		return l.HTTPAddr
	case l.Port != "":
		l.check(isHostPort(":"+l.Port), "PORT", "must be a port number, such as 8000")
		l.requireAppEnv()
		return ":" + l.Port
	}
	return "127.0.0.1:8000"
}

// checkHTTPAddr checks the form of HTTP_ADDR. If other machines can reach it, APP_ENV is required.
func (l *loader) checkHTTPAddr() {
	if !isHostPort(l.HTTPAddr) {
		l.fail("HTTP_ADDR", "must be host:port, such as 127.0.0.1:8000")
		return
	}
	host, _, _ := net.SplitHostPort(l.HTTPAddr)
	if !isLoopback(host) {
		l.requireAppEnv()
	}
}

// requireAppEnv requires APP_ENV for an address that other machines can reach, so that nobody
// makes a development server public by accident: in development, HTTP responses contain login
// codes.
func (l *loader) requireAppEnv() {
	l.check(l.AppEnv != "",
		"APP_ENV", "must be set to listen on an address that is not loopback (HTTP_ADDR or PORT)")
}

func (l *loader) trustedProxies() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range l.TrustedProxies {
		p, err := netip.ParsePrefix(strings.TrimSpace(s))
		if err != nil || p.Addr().Is4In6() { // addresses of clients are unmapped, so they would never match
			l.fail("TRUSTED_PROXIES",
				"must be CIDR ranges, separated by commas, such as 10.0.0.0/8, or 10.1.2.3/32 for one address")
			return nil
		}
		all = append(all, p.Masked())
	}
	return all
}

// isHostPort reports whether s is host:port with a numeric port. The host may be empty.
func isHostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isHTTPURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && isWebScheme(u.Scheme)
}

func isWebScheme(scheme string) bool { return scheme == "http" || scheme == "https" }

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
