package httpapi

import (
	"strings"

	"github.com/mileusna/useragent"
)

// maxDeviceName is the maximum length of a device name in bytes.
const maxDeviceName = 100

// deviceName returns a name for a device by which its user can recognize it, from the User-Agent
// header (RFC 9110, section 10.1.5): "Firefox on Linux". It returns "" if the header says nothing.
// The name has only printable ASCII characters.
func deviceName(header string) string {
	ua := useragent.Parse(header)
	name := ua.Name
	if ua.OS != "" {
		name = strings.TrimSpace(ua.Name + " on " + ua.OS)
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, name)
	return name[:min(len(name), maxDeviceName)]
}
