package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddr returns the address of the client: the one in X-Forwarded-For if the peer
// of the connection is a trusted proxy, and otherwise the peer.
func (a *API) clientAddr(r *http.Request) netip.Addr {
	peer := peerOf(r)
	if !isTrusted(peer, a.config.TrustedProxies) {
		return peer
	}
	forwardedFor := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	return originalClient(peer, forwardedFor, a.config.TrustedProxies)
}

// peerOf returns the address of the other end of the connection.
func peerOf(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	return peer.Addr().Unmap()
}

// originalClient reads X-Forwarded-For from its end, where the nearest proxy added
// its peer. It returns the first address that is not a trusted proxy. It stops at an
// entry that is not an address, and returns the proxy that added this entry.
func originalClient(peer netip.Addr, forwardedFor string, trusted []netip.Prefix) netip.Addr {
	hops := strings.Split(forwardedFor, ",")
	for i := len(hops) - 1; i >= 0 && isTrusted(peer, trusted); i-- {
		hop, err := parseHop(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		peer = hop.Unmap().WithZone("")
	}
	return peer
}

// parseHop parses an address with or without a port. Some proxies add one.
func parseHop(hop string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr(), nil
	}
	return netip.ParseAddr(hop)
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
