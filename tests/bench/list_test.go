//go:build linux

package bench

import "testing"

// A cached list of rooms, against a handler that only verifies the token.
func TestList(t *testing.T) {
	s := newStack(t)
	api, bare := s.start("api"), startBare(t)
	s.populate("parley", 1, 1)
	bearer := "Authorization: Bearer " + s.tokens(1)[0]
	s.duel("cached lists", func() float64 { return s.wrk(50, api.URL()+"/chatroom", "-H", bearer).perSecond },
		func() float64 { return s.wrk(50, bare+"/chatroom", "-H", bearer).perSecond })
}
