package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/core/fault"
)

// errForeignHost is the response to a request for a host name that is not the server's.
var errForeignHost = &fault.Error{
	Kind: fault.Invalid,
	Code: "invalid_request",
	Message: "A development server does not answer to this host name, because a foreign website could use it " +
		"to read login codes. Use an IP address or localhost, or add a URL with this name to FRONTEND_URL.",
	Fields: []fault.Field{{
		Name: "Host",
		Rule: "must be localhost, an IP address, or the host of HTTP_ADDR or of a URL in FRONTEND_URL",
	}},
}

// checkHost protects a development server against DNS rebinding: a website whose name
// resolves to the address of the server is of the same origin for the browser, so CORS
// does not apply, and it could read login codes. In production responses have no codes,
// and proxies can use any name. Health checks have no secrets and use other names, too.
func (a *API) checkHost(next http.Handler) http.Handler {
	if a.config.Production {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isHealthPath(r.URL.Path) && !a.isOwnHost(r.Host) {
			newProblem(r.Context(), errForeignHost).write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isOwnHost reports whether a Host header cannot be that of a rebound website. Such a
// website has a name that its owner can resolve to any address. An IP address is not
// resolved, and loopback names are not resolved by foreign servers. Development servers
// such as those of webpack, Vite and Rails have the same rule. Every browser sends Host;
// requests without it come from inside the process or from HTTP/1.0 clients.
func (a *API) isOwnHost(hostPort string) bool {
	host := strings.TrimSuffix(strings.ToLower(hostOf(hostPort)), ".")
	_, err := netip.ParseAddr(host)
	isAddress := err == nil
	return hostPort == "" || isAddress || isLoopbackHost(host) || slices.Contains(a.config.HostNames, host)
}

// hostOf returns the host of a Host header, without the port and the brackets of IPv6.
func hostOf(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(hostPort, "["), "]")
}
