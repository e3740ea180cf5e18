package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

const tagAuth = "Authentication"

// Mobile is the field mobile_number of several request bodies. It is exported because
// huma ignores the fields of an embedded struct whose type is not exported. The same
// holds for Code, PasswordToSet, RoomIn, RoomNameIn, LimitIn and QuotaHeaders.
type Mobile struct {
	MobileNumber string `json:"mobile_number" doc:"E.164: + and 8-15 digits, separators allowed." example:"+1234567890"`
}

// Code is the field otp of several request bodies.
type Code struct {
	OTP string `json:"otp" pattern:"^[0-9]{6}$" patternDescription:"6 digits" example:"123456"`
}

type signupIn struct {
	Body struct {
		Mobile
		Name string `json:"name,omitempty" minLength:"1" doc:"1 to 100 characters, trimmed." example:"Ada"`
	}
}

type signupOut struct {
	Body struct {
		MobileNumber string `json:"mobile_number" example:"+1234567890"`
		Message      string `json:"message" example:"Signed up. Request a code to log in."`
	}
}

// DeviceHeader is the header of a device on which its user has logged in. The middleware
// admit reads it.
type DeviceHeader struct {
	DeviceToken string `header:"Device-Token" doc:"The device_token of the last login. Ignored if it is not valid."`
}

type mobileIn struct {
	DeviceHeader
	Body Mobile
}

type codeSentOut struct {
	Body struct {
		Message   string `json:"message" example:"If this number can be reached, a code is on its way."`
		ExpiresIn int    `json:"expires_in" doc:"Seconds until the code expires." example:"600"`
		ResendIn  int    `json:"resend_in" doc:"Seconds until another code can be requested." example:"60"`
		OTP       string `json:"otp,omitempty" doc:"The code. Only in development, without SMS." example:"123456"`
	}
}

type verifyIn struct {
	DeviceHeader
	Body struct {
		Mobile
		Code
		Name string `json:"name,omitempty" minLength:"1" doc:"Of a new account: 1 to 100 characters." example:"Ada"`
	}
}

type tokenOut struct {
	Body struct {
		TokenFields
		DeviceToken string `json:"device_token" doc:"For the header Device-Token." example:"VhYdpVzqWkVnVHH9mS9hVqWl"`
	}
}

func (a *API) registerAuth() {
	register(a, route{
		method:    http.MethodPost,
		path:      "/auth/signup",
		status:    http.StatusCreated,
		tag:       tagAuth,
		public:    true,
		rateLimit: login.ActionSignup,
		summary:   "Sign up",
		doc: "Stores the name for the account that the first code of this number opens within 24 hours. " +
			"Of several sign-ups the last one counts. The name in verify-otp takes precedence: " +
			"send it there, so that nobody else can choose it. " +
			"If the number already has an account, the response is the same and the account does not change. " +
			"Spaces, dashes and brackets are removed from the number.",
	}, a.signup)
	register(a, route{
		method:    http.MethodPost,
		path:      "/auth/send-otp",
		status:    http.StatusOK,
		tag:       tagAuth,
		public:    true,
		rateLimit: login.ActionSendCode,
		summary:   "Send a login code",
		doc: "A code is valid for 10 minutes. A request within this time sends the same code again. " +
			"A known device gets a code of its own, which only this device can enter.",
	}, a.sendOTP)
	register(a, route{
		method:    http.MethodPost,
		path:      "/auth/verify-otp",
		status:    http.StatusOK,
		tag:       tagAuth,
		public:    true,
		rateLimit: login.ActionTrySecret,
		refusals:  []*fault.Error{otp.ErrBadCode},
		summary:   "Exchange a code for a token",
		doc: "A code works once and allows 5 attempts. After 5 wrong codes of a number in a day, a client that " +
			"has entered one of them waits for 30 minutes. The first success creates the account if there was no " +
			"signup. Send the token as `Authorization: Bearer`, and the device_token as `Device-Token` with the " +
			"next login, also when the session has expired: it is valid for 180 days, or until the session is ended. " +
			"Strangers cannot use up the limits of such a device.",
	}, a.verifyOTP)
}

// signup handles POST /auth/signup.
func (a *API) signup(ctx context.Context, in *signupIn) (*signupOut, error) {
	n, err := a.config.Login.Signup(ctx, in.Body.MobileNumber, in.Body.Name)
	addToLog(ctx, "mobile_number", n)
	if err != nil {
		return nil, err
	}
	out := &signupOut{}
	out.Body.MobileNumber = n.String()
	out.Body.Message = "Signed up. Request a code to log in."
	return out, nil
}

// sendOTP handles POST /auth/send-otp.
func (a *API) sendOTP(ctx context.Context, in *mobileIn) (*codeSentOut, error) {
	addNumberToLog(ctx, in.Body)
	sent, err := a.config.Login.SendLoginCode(ctx, clientOf(ctx), in.Body.MobileNumber)
	return newCodeSentOut(ctx, sent, err)
}

func newCodeSentOut(ctx context.Context, sent login.SentCode, err error) (*codeSentOut, error) {
	if err != nil {
		return nil, err
	}
	addWarning(ctx, "sms_err", sent.SMSErr)
	out := &codeSentOut{}
	out.Body.Message = "If this number can be reached, a code is on its way."
	out.Body.OTP = sent.Code
	out.Body.ExpiresIn = seconds(sent.ExpiresIn)
	out.Body.ResendIn = seconds(sent.ResendIn)
	return out, nil
}

// verifyOTP handles POST /auth/verify-otp.
func (a *API) verifyOTP(ctx context.Context, in *verifyIn) (*tokenOut, error) {
	addNumberToLog(ctx, in.Body.Mobile)
	b := in.Body
	return newTokenOut(a.config.Login.LoginWithCode(ctx, clientOf(ctx), b.MobileNumber, b.OTP, b.Name))
}

func newTokenOut(t login.Token, err error) (*tokenOut, error) {
	if err != nil {
		return nil, err
	}
	out := &tokenOut{}
	out.Body.TokenFields = newTokenFields(t)
	out.Body.DeviceToken = string(t.Device)
	return out, nil
}

// addNumberToLog adds the masked number to the log line of the request, so that
// attacks on one number are visible. It ignores an invalid number.
func addNumberToLog(ctx context.Context, m Mobile) {
	if n, err := phone.Parse(m.MobileNumber); err == nil {
		addToLog(ctx, "mobile_number", n)
	}
}

func seconds(d time.Duration) int { return int(d / time.Second) }
