package httpapi

import "net/http"

// costClass is a kind of requests that share a rate limit.
type costClass struct {
	name      string
	perSecond int // a multiple of leaseSize
}

// The cost classes. Each user has the limits of the first three. Each client address has the limit
// of strangers, for requests without a valid token.
var (
	classReads     = &costClass{name: "reads", perSecond: 50}
	classSends     = &costClass{name: "sends", perSecond: 20}
	classChanges   = &costClass{name: "changes", perSecond: 20}
	classStrangers = &costClass{name: "strangers", perSecond: 100}
)

// costClass returns the class of a route. Health checks and webhooks have none: their clients are
// not users.
func (r route) costClass() *costClass {
	switch {
	case r.tag == tagOperators || r.webhook:
		return nil
	case r.public:
		return classStrangers
	case r.method == http.MethodGet:
		return classReads
	case r.asks:
		return classSends
	}
	return classChanges
}
