//go:build linux

package bench

import "testing"

// A cached list of rooms, compared with a handler that only verifies the token.
func TestList(t *testing.T) {
	s := newStack(t)
	api, bare := s.start("api"), startBare(t)
	s.populate("parley", 1)
	bearer := "Authorization: Bearer " + s.tokens(1)[0]
	get := func(baseURL string) func() float64 {
		return func() float64 { return s.wrk(50, baseURL+"/chatroom", "-H", bearer).perSecond }
	}
	s.compare("cached lists", get(api.URL()), get(bare))
}
