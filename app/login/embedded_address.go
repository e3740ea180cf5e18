package login

import "net/netip"

// The prefixes of IPv6 addresses that contain the IPv4 address of the client.
var (
	sixToFour  = netip.MustParsePrefix("2002::/16")       // RFC 3056, section 2
	nat64      = netip.MustParsePrefix("64:ff9b::/96")    // RFC 6052, section 2.1
	localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48")  // RFC 8215; used with /96 networks in it
	teredo     = netip.MustParsePrefix("2001::/32")       // RFC 4380, section 4
	translated = netip.MustParsePrefix("::ffff:0:0:0/96") // RFC 7915, section 2, "IPv4-translated"
)

// embeddedIPv4 returns the IPv4 address of the client that an IPv6 address contains, and other
// addresses unchanged. A client with one IPv4 address has a whole /48 network of 6to4, and with
// Teredo an address for each of its ports.
func embeddedIPv4(address netip.Addr) netip.Addr {
	address = address.Unmap()
	if !address.Is6() {
		return address
	}
	b := address.As16()
	last := [4]byte(b[12:])
	switch {
	case sixToFour.Contains(address):
		return netip.AddrFrom4([4]byte(b[2:6]))
	case teredo.Contains(address): // the address is inverted
		return netip.AddrFrom4([4]byte{^last[0], ^last[1], ^last[2], ^last[3]})
	case nat64.Contains(address), translated.Contains(address), localNAT64.Contains(address) && last != [4]byte{}:
		return netip.AddrFrom4(last)
	}
	return address
}
