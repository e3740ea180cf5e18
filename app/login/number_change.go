package login

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// SendNumberCode sends a code for ChangeNumber to the new number of a user. It sends the code
// whether or not the number has an account, and returns the same result. It uses the budgets that
// strangers have for this number, and a limit of the user. It fails with the same errors as
// SendLoginCode, and with session.ErrBadToken when the account was erased.
func (s *Service) SendNumberCode(ctx context.Context, c Client, userID id.ID, number string) (SentCode, error) {
	n, err := s.allowedNumber(number)
	if err != nil {
		return SentCode{}, err
	}
	if err := s.limitAsStranger(ctx, c); err != nil {
		return SentCode{}, err
	}
	sent, err := s.sendToSlot(ctx, c, otp.Slot{Purpose: otp.NumberChange, Number: n, User: userID}, true)
	return sent, session.BadTokenIfErased(err)
}

// limitAsStranger limits the address of a client with a known device, which Admit has not done. No
// device is known for a new number.
func (s *Service) limitAsStranger(ctx context.Context, c Client) error {
	if c.device.ID == "" {
		return nil
	}
	return s.limitAddress(ctx, c.action, c.address)
}

// ChangeNumber changes the number of the user of an access with a code from SendNumberCode. It ends
// the user's other sessions and forgets their devices. It fails with phone.ErrInvalid, otp.ErrFormat,
// fault.ErrRateLimited or otp.ErrBadCode, also when another account has the number. It fails with
// session.ErrBadToken when the session has ended.
func (s *Service) ChangeNumber(ctx context.Context, c Client, current session.Access, number, code string) error {
	n, err := phone.Parse(number)
	if err != nil {
		return err
	}
	if err := otp.CheckFormat(code); err != nil {
		return err
	}
	if err := s.limitAsStranger(ctx, c); err != nil {
		return err
	}
	slot := otp.Slot{Purpose: otp.NumberChange, Number: n, User: current.User}
	if err := s.trySlot(ctx, c, slot, code); err != nil {
		return err
	}
	// The code is used up: the number must change even if the client disconnects.
	ctx = context.WithoutCancel(ctx)
	if err := s.changeNumber(ctx, current, n); err != nil {
		return err
	}
	return s.EndOtherSessions(ctx, current) // the store has ended them, but the cache does not know yet
}

// changeNumber changes the number of the user of an access. It fails with otp.ErrBadCode or
// session.ErrBadToken.
func (s *Service) changeNumber(ctx context.Context, current session.Access, to phone.Number) error {
	u, err := s.config.Users.Get(ctx, current.User)
	if err != nil {
		return fmt.Errorf("reading the account: %w", session.BadTokenIfErased(err))
	}
	keys := s.config.Policy.NumberKeys
	change := ports.NumberChange{
		User:    u.ID,
		Session: current.Session,
		Old:     u.Number,
		New:     to,
		Keep:    ports.KeepCounts{Number: keys[0].MAC(u.Number), FirstDay: quota.DayOf(s.config.Clock.Now())},
	}
	for _, key := range keys {
		change.Merge = append(change.Merge, key.MAC(to))
	}
	err = s.config.Users.ChangeNumber(ctx, change)
	err = fault.Replace(err, user.ErrNumberTaken, otp.ErrBadCode)
	err = fault.Replace(err, user.ErrNumberChanged, otp.ErrBadCode)
	if err != nil {
		return fmt.Errorf("changing the number: %w", session.BadTokenIfErased(err))
	}
	return nil
}
