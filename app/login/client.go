package login

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
)

// Sender is what a request says about its client.
type Sender struct {
	Address     netip.Addr
	DeviceToken session.DeviceToken // "" for none
	DeviceName  string              // for the list of sessions; "" if unknown
}

// Client is the sender of a request that Admit has admitted.
type Client struct {
	action  Action
	sender  Sender
	address netip.Addr     // without the IPv6 prefix of an embeddedIPv4
	device  session.Device // the zero Device if the client has not sent a valid token
}

// Admit returns the client of a request. It counts the action against the rate limits of the
// address, and fails with fault.ErrRateLimited. A client with the token of a known device does not
// use up these limits, because strangers may have the same address. A sign-up always counts.
//
// An invalid, expired or revoked token has no effect. An error would reveal that it was
// valid before.
func (s *Service) Admit(ctx context.Context, a Action, from Sender) (Client, error) {
	c := Client{action: a, sender: from, address: embeddedIPv4(from.Address)}
	if a != ActionSignup && from.DeviceToken.IsWellFormed() { // a sign-up may be for any number
		d, err := s.config.Devices.Find(ctx, from.DeviceToken.ID(), s.config.Clock.Now())
		if err == nil {
			c.device = d
			return c, nil
		}
		if !errors.Is(err, session.ErrUnknownDevice) {
			return c, fmt.Errorf("finding the device: %w", err)
		}
	}
	return c, s.limitAddress(ctx, a, c.address)
}

// deviceFor returns the device of the client if it is known for the number, and "" for a
// stranger. If the device belongs to another number, deviceFor limits the address, which
// Admit has not done, and may fail with fault.ErrRateLimited.
func (s *Service) deviceFor(ctx context.Context, c Client, n phone.Number) (session.DeviceID, error) {
	switch c.device.Number {
	case n:
		return c.device.ID, nil
	case phone.Number{}:
		return "", nil
	}
	return "", s.limitAddress(ctx, c.action, c.address)
}

// network identifies the network of the client among strangers: its IPv4 address or its
// IPv6 /48, which is the largest network that one site gets (RFC 6177).
func (c Client) network() string {
	if !c.address.Is6() {
		return c.address.String()
	}
	site, _ := c.address.Prefix(48)
	return site.String()
}
