// Package migrations holds the versions of the database's schema, in order.
//
// Each is applied while the program of the version before still runs: it only
// adds, and what it adds may be left out by those who do not know it. What is
// no longer used goes in a release of its own, later. There is no way down: a
// mistake is mended by the next version.
package migrations

import "embed"

// FS holds the files; goose applies them by the number that each begins with.
//
//go:embed *.sql
var FS embed.FS
