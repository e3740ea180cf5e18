package configs

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const frontendURLRule = "must be URLs with a host, separated by commas, such as " +
	"https://app.example,capacitor://localhost, without user, query, fragment and wildcards; " +
	"a host name that is not ASCII must be in punycode"

// frontendURLs returns the URLs in FRONTEND_URL. They have no slash at the end and no
// default port, and their hosts are in lower case.
func (l *loader) frontendURLs() []*url.URL {
	var all []*url.URL
	for _, s := range l.FrontendURL {
		u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
		if err != nil || !isPageURL(u) || !isHostOfOrigin(u) {
			l.fail("FRONTEND_URL", frontendURLRule)
			return nil
		}
		u.Host = normalizedHost(u)
		all = append(all, u)
	}
	return all
}

// isHostName accepts no wildcard, and no name that browsers convert before they send it.
var isHostName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString

// isHostOfOrigin reports whether a browser can send the host and the port of u in Origin.
func isHostOfOrigin(u *url.URL) bool {
	_, portErr := strconv.ParseUint(u.Port(), 10, 16)
	ip, ipErr := netip.ParseAddr(u.Hostname())
	isAddress := ipErr == nil && ip.Zone() == ""
	return (isAddress || isHostName(u.Hostname())) && (u.Port() == "" || portErr == nil)
}

// defaultPorts are the ports that browsers leave out.
var defaultPorts = map[string]string{"http": "80", "https": "443"}

// normalizedHost returns the host of u in lower case, and its port if it is not the default.
func normalizedHost(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if port := u.Port(); port != "" && port != defaultPorts[u.Scheme] {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// checkStripeReturn checks that the first URL of FRONTEND_URL is a web page. Checkout
// returns to it, and Stripe opens pages of browsers only, not of the schemes of apps.
func (l *loader) checkStripeReturn(c Config) {
	isWebPage := len(c.FrontendURLs) == 0 || isWebScheme(c.FrontendURLs[0].Scheme)
	l.check(isWebPage || c.Stripe.SecretKey == "", "FRONTEND_URL",
		"must begin with an http or https URL when Stripe is used, because a checkout returns to the first URL; "+
			"put URLs with the scheme of an app after it")
}

// FrontendOrigins returns the values of the Origin header that browsers send from the
// frontends (RFC 6454, 6.2).
func (c Config) FrontendOrigins() []string {
	var origins []string
	for _, u := range c.FrontendURLs {
		origins = append(origins, u.Scheme+"://"+u.Host)
	}
	return origins
}

// HostNames returns the hosts in FRONTEND_URL and HTTP_ADDR, in lower case and without
// ports.
func (c Config) HostNames() []string {
	var names []string
	for _, u := range c.FrontendURLs {
		names = append(names, u.Hostname())
	}
	if host, _, err := net.SplitHostPort(c.HTTPAddr); err == nil && host != "" {
		names = append(names, strings.ToLower(host))
	}
	return names
}
