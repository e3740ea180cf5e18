package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/phone"
)

const tagAuth = "Authentication"

// Mobile is, like Code and PasswordToSet, a part of several bodies; huma flattens only exported ones.
type Mobile struct {
	MobileNumber string `json:"mobile_number" doc:"E.164: + and 8 to 15 digits. Spaces, dashes and brackets are taken out." example:"+1234567890"`
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
		Message      string `json:"message" example:"Signed up. Ask for a code to log in."`
	}
}

type mobileIn struct{ Body Mobile }

type codeSentOut struct {
	Body struct {
		Message   string `json:"message" example:"A code is on its way."`
		ExpiresIn int    `json:"expires_in" doc:"Seconds for which the code works." example:"600"`
		ResendIn  int    `json:"resend_in" doc:"Seconds until a code may be asked for again." example:"60"`
		OTP       string `json:"otp,omitempty" doc:"The code itself, only in development, where no SMS is sent." example:"123456"`
	}
}

type Code struct {
	OTP string `json:"otp" pattern:"^[0-9]{6}$" patternDescription:"6 digits" example:"123456"`
}

type verifyIn struct {
	Body struct {
		Mobile
		Code
	}
}

type tokenOut struct {
	Body struct {
		AccessToken string `json:"access_token" doc:"A JWT, to be sent as Authorization: Bearer." example:"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"`
		TokenType   string `json:"token_type" enum:"bearer"`
		ExpiresIn   int    `json:"expires_in" doc:"Seconds." example:"86400"`
	}
}

type loginIn struct {
	Body struct {
		Mobile
		Password string `json:"password" format:"password" example:"correct horse battery"`
	}
}

type PasswordToSet struct {
	NewPassword string `json:"new_password" format:"password" minLength:"8" maxLength:"128" example:"correct horse battery"`
}

type resetIn struct {
	Body struct {
		Mobile
		Code
		PasswordToSet
	}
}

type changeIn struct {
	Body struct {
		OldPassword string `json:"old_password,omitempty" format:"password" doc:"Required once a password is set." example:"correct horse battery"`
		PasswordToSet
	}
}

type noticeOut struct {
	Body struct {
		Message string `json:"message" example:"The password is set."`
	}
}

func (a *API) authRoutes() {
	register(a, route{method: http.MethodPost, path: "/auth/signup", status: http.StatusCreated, tag: tagAuth, open: true, budget: login.Signups,
		summary: "Sign up", doc: "Notes an account for a number. The number is proven, and the account opened, by its first code. A number already in use is answered alike and stays as it is."}, a.signup)
	register(a, route{method: http.MethodPost, path: "/auth/send-otp", status: http.StatusOK, tag: tagAuth, open: true, budget: login.Sends,
		summary: "Send a code that logs in", doc: "Within a code's life of 10 minutes the same code is sent again."}, a.sendOTP)
	register(a, route{method: http.MethodPost, path: "/auth/verify-otp", status: http.StatusOK, tag: tagAuth, open: true, budget: login.Tries, refusals: []string{"invalid_otp"},
		summary: "Turn a code into a token", doc: "A code opens once and takes 5 attempts. The first success opens the account if signup did not."}, a.verifyOTP)
	register(a, route{method: http.MethodPost, path: "/auth/login", status: http.StatusOK, tag: tagAuth, open: true, budget: login.Tries, refusals: []string{"invalid_credentials"},
		summary: "Log in with a password", doc: "At most 10 guesses per account and hour are looked at."}, a.logIn)
	register(a, route{method: http.MethodPost, path: "/auth/forgot-password", status: http.StatusOK, tag: tagAuth, open: true, budget: login.Sends,
		summary: "Send a code that resets the password", doc: "Answers alike whether or not the number is known. The code opens reset-password and nothing else."}, a.forgotPassword)
	register(a, route{method: http.MethodPost, path: "/auth/reset-password", status: http.StatusOK, tag: tagAuth, open: true, budget: login.Tries, refusals: []string{"invalid_otp"},
		summary: "Set a password by a code", doc: "Every session of the user ends."}, a.resetPassword)
	register(a, route{method: http.MethodPost, path: "/auth/change-password", status: http.StatusOK, tag: tagAuth, refusals: []string{"wrong_password", "rate_limited"},
		summary: "Set or change the password", doc: "The user's other sessions and open reset codes end."}, a.changePassword)
}

func (a *API) signup(ctx context.Context, in *signupIn) (*signupOut, error) {
	n, err := a.login.Signup(ctx, in.Body.MobileNumber, in.Body.Name)
	note(ctx, "mobile_number", n)
	if err != nil {
		return nil, err
	}
	out := &signupOut{}
	out.Body.MobileNumber, out.Body.Message = n.String(), "Signed up. Ask for a code to log in."
	return out, nil
}

func (a *API) sendOTP(ctx context.Context, in *mobileIn) (*codeSentOut, error) {
	noteNumber(ctx, in.Body)
	s, err := a.login.SendCode(ctx, in.Body.MobileNumber)
	return sent(ctx, s, err)
}

func (a *API) forgotPassword(ctx context.Context, in *mobileIn) (*codeSentOut, error) {
	noteNumber(ctx, in.Body)
	s, err := a.login.Forgot(ctx, in.Body.MobileNumber)
	return sent(ctx, s, err)
}

func sent(ctx context.Context, s login.Sent, err error) (*codeSentOut, error) {
	if err != nil {
		return nil, err
	}
	warn(ctx, "unsent", s.Unsent)
	out := &codeSentOut{}
	out.Body.Message, out.Body.OTP = "If this number can be reached, a code is on its way.", s.Code
	out.Body.ExpiresIn, out.Body.ResendIn = seconds(s.ExpiresIn), seconds(s.ResendIn)
	return out, nil
}

func (a *API) verifyOTP(ctx context.Context, in *verifyIn) (*tokenOut, error) {
	noteNumber(ctx, in.Body.Mobile)
	return token(a.login.Verify(ctx, in.Body.MobileNumber, in.Body.OTP))
}

func (a *API) logIn(ctx context.Context, in *loginIn) (*tokenOut, error) {
	noteNumber(ctx, in.Body.Mobile)
	return token(a.login.WithPassword(ctx, in.Body.MobileNumber, in.Body.Password))
}

func token(t login.Token, err error) (*tokenOut, error) {
	if err != nil {
		return nil, err
	}
	out := &tokenOut{}
	out.Body.AccessToken, out.Body.TokenType, out.Body.ExpiresIn = t.Access, "bearer", seconds(t.ExpiresIn)
	return out, nil
}

func (a *API) resetPassword(ctx context.Context, in *resetIn) (*noticeOut, error) {
	noteNumber(ctx, in.Body.Mobile)
	return message("The password is set. Log in with it.", a.login.Reset(ctx, in.Body.MobileNumber, in.Body.OTP, in.Body.NewPassword))
}

func (a *API) changePassword(ctx context.Context, in *changeIn) (*noticeOut, error) {
	return message("The password is set.", a.login.Change(ctx, whose(ctx), in.Body.OldPassword, in.Body.NewPassword))
}

func message(text string, err error) (*noticeOut, error) {
	if err != nil {
		return nil, err
	}
	out := &noticeOut{}
	out.Body.Message = text
	return out, nil
}

// noteNumber puts the masked number into the request's log line, so that attacks on one can be seen.
func noteNumber(ctx context.Context, m Mobile) {
	if n, err := phone.Parse(m.MobileNumber); err == nil {
		note(ctx, "mobile_number", n)
	}
}

func seconds(d time.Duration) int { return int(d / time.Second) }
