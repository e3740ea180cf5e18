package login

import (
	"net/netip"
	"testing"
)

func TestTheIPv4AddressInAnIPv6AddressIsFound(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.33":                             "192.0.2.33",
		"::ffff:192.0.2.33":                      "192.0.2.33", // IPv4-mapped
		"::ffff:0:192.0.2.33":                    "192.0.2.33", // IPv4-translated
		"2002:c000:221::1":                       "192.0.2.33", // 6to4
		"2002:c000:221:ffff:ffff:ffff:ffff:ffff": "192.0.2.33",
		"64:ff9b::c000:221":                      "192.0.2.33", // NAT64
		"64:ff9b::192.0.2.33":                    "192.0.2.33",
		"64:ff9b:1::c000:221":                    "192.0.2.33", // NAT64 with a prefix of the network
		"64:ff9b:1:abcd::c000:221":               "192.0.2.33",
		"2001:0:4136:e378:8000:63bf:3fff:fdde":   "192.0.2.33", // Teredo: the example of RFC 4380 with another client
		"2001:0:1:2:3:4:3fff:fdde":               "192.0.2.33",
		"64:ff9b:1:c000:2:2100::":                "64:ff9b:1:c000:2:2100::", // no /96 network
		"64:ff9b:2::c000:221":                    "64:ff9b:2::c000:221",
		"64:ff9b::1:c000:221":                    "64:ff9b::1:c000:221",
		"2001:db8::c000:221":                     "2001:db8::c000:221",
		"2001:1::c000:221":                       "2001:1::c000:221",
		"2003:c000:221::1":                       "2003:c000:221::1",
		"::1":                                    "::1",
	} {
		if got := embeddedIPv4(netip.MustParseAddr(address)); got != netip.MustParseAddr(want) {
			t.Errorf("the client of %s is %s, want %s", address, got, want)
		}
	}
	if got := embeddedIPv4(netip.Addr{}); got.IsValid() {
		t.Errorf("the client of an unknown address is %s, want an unknown one", got)
	}
}
