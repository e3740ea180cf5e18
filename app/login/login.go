// Package login is the use case of authentication. A user logs in with a one-time code
// that is sent to a phone, or with a password that was set after such a login.
package login

import (
	"io"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// Policy is the configuration of logins.
type Policy struct {
	TokenTTL       time.Duration // of an access token
	SessionTTL     time.Duration // of a session, after its last use
	RefreshKeys    session.RefreshKeys
	OTPKeys        otp.Keys
	NumberKeys     quota.NumberKeys
	EchoCode       bool // return codes in responses; only for servers that send no SMS
	AutofillSuffix otp.AutofillSuffix
	TestNumbers    otp.TestNumbers
	Limits         Limits

	// AllowNumber returns an error for a number to which no code may be sent. A nil function
	// allows all numbers.
	AllowNumber func(phone.Number) error
	// Country returns the country of a number for Limits.DeviceCodesPerCountry.
	Country func(phone.Number) string
}

// Config is what a Service needs.
type Config struct {
	Users         ports.Users
	Passwords     ports.Passwords
	Codes         ports.Codes
	Sessions      ports.Sessions
	Devices       ports.Devices
	MessageCounts ports.MessageCounts
	Tokens        ports.Tokens
	Hasher        ports.Hasher
	SMS           ports.SMS
	Limiter       ports.Limiter
	Guard         *CodeGuard
	Clock         ports.Clock
	Random        io.Reader
	Policy        Policy
}

// Service is the use case.
type Service struct{ config Config }

// New returns a Service.
func New(c Config) *Service { return &Service{config: c} }
