package httpapi

import (
	"cmp"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// acceptsEvents reports whether an Accept header asks for an event stream by name.
func acceptsEvents(accept string) bool { return acceptWeight(accept, eventStreamType) > 0 }

// prefersHTML reports whether the Accept headers name HTML, as those of browsers do when
// they open a page, and do not name JSON with a higher weight.
func prefersHTML(h http.Header) bool {
	accept := strings.Join(h.Values("Accept"), ",")
	html := acceptWeight(accept, "text/html")
	return html > 0 && html >= acceptWeight(accept, "application/json") &&
		html >= acceptWeight(accept, problemMediaType)
}

// acceptWeight returns the weight of a media type in an Accept header, from 0 to 1. It is 0
// when the header does not contain the type, or contains it with an invalid weight. A weight
// of 0 means that the client does not accept it (RFC 9110, section 12.4.2). Wildcards do not
// count.
func acceptWeight(accept, mediaType string) float64 {
	for part := range strings.SplitSeq(accept, ",") {
		accepted, params, err := mime.ParseMediaType(part)
		if err == nil && accepted == mediaType {
			q, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
			if err != nil {
				return 0
			}
			return q
		}
	}
	return 0
}
