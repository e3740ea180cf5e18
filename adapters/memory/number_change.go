package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// ChangeNumber implements ports.Users.
func (s Users) ChangeNumber(ctx context.Context, c ports.NumberChange) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.checkNumberChange(c); err != nil {
		return err
	}
	s.keepCounts(c.User, c.Keep)
	for _, number := range c.Merge {
		s.mergeCounts(c.User, number, c.Keep.FirstDay)
	}
	delete(s.userIDByNumber, c.Old)
	s.userIDByNumber[c.New] = c.User
	s.users[c.User].Number = c.New
	s.endSessions(func(one session.Session) bool { return one.User == c.User && one.ID != c.Session })
	purge(s.devices, func(_ session.DeviceID, d device) bool { return d.user == c.User && d.session != c.Session })
	return nil
}

// checkNumberChange returns the error of ChangeNumber.
func (s *Store) checkNumberChange(c ports.NumberChange) error {
	u := s.users[c.User]
	owner := s.userIDByNumber[c.New]
	switch {
	case u == nil:
		return user.ErrNotFound
	case s.sessions[c.Session].User != c.User:
		return session.ErrBadToken
	case u.Number != c.Old:
		return user.ErrNumberChanged
	case owner != "" && owner != c.User:
		return user.ErrNumberTaken
	}
	return nil
}
