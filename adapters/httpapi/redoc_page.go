package httpapi

import _ "embed"

// redocPage loads ReDoc from a CDN, as FastAPI does, because no Go module embeds
// it. The version is pinned, and the browser checks its hash.
//
//go:embed redoc.html
var redocPage []byte
