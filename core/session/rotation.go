package session

import (
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

const (
	// RotationGrace is how long a refresh token still returns its successor after the successor
	// was used.
	RotationGrace = 10 * time.Second
	// maxRecent is how often a session may be refreshed within RotationGrace.
	maxRecent = 10
)

// ErrReplayed means that a refresh token was used again although its successor was used. One of
// the two users of the token is a thief, so the session must be ended (RFC 9700, section 4.14.2).
var ErrReplayed = errors.New("a refresh token was replayed")

// Rotation is the state of a session's refresh tokens. They are numbered from 0. Each use of the
// current one replaces it with the next number.
type Rotation struct {
	Current int // the number of the current token
	// Recent has the times when the last tokens were replaced, the oldest first: the time of the
	// last one, and all times within RotationGrace before it.
	Recent []time.Time
}

// Successor is the refresh token that replaces another one.
type Successor struct {
	Number int
	Issued time.Time // when the other one was replaced
}

// Use returns the successor of token n when it is used at now, and the rotation after that. The
// successor is always the same one. Use fails with fault.ErrRateLimited after too many uses,
// with ErrReplayed when n is too old, and with ErrBadToken when n does not exist yet.
func (r Rotation) Use(n int, now time.Time) (Successor, Rotation, error) {
	switch {
	case n > r.Current:
		return Successor{}, r, ErrBadToken
	case n == r.Current:
		return r.replace(now)
	}
	replaced, known := r.replacedAt(n)
	unused := n == r.Current-1
	if !known || !unused && now.Sub(replaced) >= RotationGrace {
		return Successor{}, r, ErrReplayed
	}
	return Successor{Number: n + 1, Issued: replaced}, r, nil
}

// replace replaces the current token.
func (r Rotation) replace(now time.Time) (Successor, Rotation, error) {
	var recent []time.Time
	for _, t := range r.Recent {
		if now.Sub(t) < RotationGrace {
			recent = append(recent, t)
		}
	}
	if len(recent) >= maxRecent {
		return Successor{}, r, fault.RateLimited(RotationGrace - now.Sub(recent[0]))
	}
	next := r.Current + 1
	return Successor{Number: next, Issued: now}, Rotation{Current: next, Recent: append(recent, now)}, nil
}

// replacedAt returns when token n, which is older than the current one, was replaced. It is not
// known if that was long ago.
func (r Rotation) replacedAt(n int) (replaced time.Time, known bool) {
	i := len(r.Recent) - (r.Current - n)
	if i < 0 {
		return time.Time{}, false
	}
	return r.Recent[i], true
}
