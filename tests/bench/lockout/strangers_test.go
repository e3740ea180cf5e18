package lockout

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

// stranger attacks from one address as fast as the limits of the address allow: either in
// bursts, or in regular intervals.
type stranger struct {
	*world
	address           netip.Addr
	inBursts          bool
	targets           []phone.Number
	next              int // the target of the next request for a code
	nextSend, nextTry time.Time
}

// attack adds strangers who attack numbers from now on, each from one address.
func (w *world) attack(strangers int, targets ...phone.Number) {
	for i := range strangers {
		w.strangers = append(w.strangers, &stranger{
			world:    w,
			address:  w.newAddress(),
			inBursts: i%2 == 0,
			targets:  targets,
			next:     i * len(targets) / strangers,
			nextSend: w.now,
			nextTry:  w.now,
		})
	}
}

// act sends the requests that are due: those for codes before the tries, so that the tries
// find a code.
func (s *stranger) act() {
	s.Helper()
	for !s.now.Before(s.nextSend) {
		s.nextSend = s.do(login.ActionSendCode, 2*time.Minute, s.requestCode) // 30 in an hour
	}
	for !s.now.Before(s.nextTry) {
		s.nextTry = s.do(login.ActionTrySecret, 10*time.Second, s.try) // 30 in 5 minutes
	}
}

// do sends a request and returns when the next one is due.
func (s *stranger) do(a login.Action, interval time.Duration, request func(login.Client) error) time.Time {
	s.Helper()
	c, err := s.Admit(s.Context(), a, login.Sender{Address: s.address})
	if wait := s.refused(err); wait > 0 {
		return s.now.Add(wait)
	}
	if err := request(c); err != nil && !errors.Is(err, fault.ErrRateLimited) {
		s.refused(err)
	}
	if s.inBursts {
		return s.now
	}
	return s.now.Add(interval)
}

// requestCode requests a code for the next target, or for another number of its prefix.
func (s *stranger) requestCode(c login.Client) error {
	target := s.targets[s.next%len(s.targets)]
	s.next++
	n := target.String()
	switch choice := s.random.IntN(8); {
	case choice == 0 && len(s.targets) == 1:
		neighbour := fmt.Sprintf("%s%02d", n[:len(n)-2], s.random.IntN(100))
		_, err := s.SendLoginCode(s.Context(), c, neighbour)
		return err
	case choice == 1:
		_, err := s.SendResetCode(s.Context(), c, n)
		return err
	}
	_, err := s.SendLoginCode(s.Context(), c, n)
	return err
}

// try guesses a code or a password of one of the last targets.
func (s *stranger) try(c login.Client) error {
	recent := min(len(s.targets), s.next+1, 8)
	n := s.targets[(s.next-s.random.IntN(recent)+len(s.targets))%len(s.targets)].String()
	guess := fmt.Sprintf("%06d", s.random.IntN(1_000_000))
	switch s.random.IntN(8) {
	case 0:
		_, err := s.LoginWithPassword(s.Context(), c, n, "guess "+guess)
		return err
	case 1:
		return s.ResetPassword(s.Context(), c, n, guess, "a new password")
	}
	_, err := s.LoginWithCode(s.Context(), c, n, guess, "")
	return err
}
