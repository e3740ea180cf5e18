package httpapi

import (
	"context"
	"net/http"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

// PasswordToSet is the field new_password of several request bodies.
type PasswordToSet struct {
	NewPassword password `json:"new_password" minLength:"8" maxLength:"128"`
}

type loginIn struct {
	DeviceHeader
	Body struct {
		Mobile
		Password password `json:"password"`
	}
}

type resetIn struct {
	DeviceHeader
	Body struct {
		Mobile
		Code
		PasswordToSet
	}
}

type changeIn struct {
	Body struct {
		OldPassword password `json:"old_password,omitempty" doc:"Required if a password is set."`
		PasswordToSet
	}
}

type noticeOut struct {
	Body struct {
		Message string `json:"message" example:"The password is set."`
	}
}

func (a *API) registerPasswords() {
	register(a, route{
		method:    http.MethodPost,
		path:      "/auth/login",
		status:    http.StatusOK,
		tag:       tagAuth,
		public:    true,
		rateLimit: login.ActionTrySecret,
		refusals:  []*fault.Error{user.ErrCredentials},
		summary:   "Log in with a password",
		doc: "At most 10 password guesses an hour are checked for an account, and as many for each known device. " +
			"Send the token as `Authorization: Bearer`.",
	}, a.logIn)
	register(a, route{
		method:    http.MethodPost,
		path:      "/auth/forgot-password",
		status:    http.StatusOK,
		tag:       tagAuth,
		public:    true,
		rateLimit: login.ActionSendCode,
		summary:   "Send a code that resets the password",
		doc: "The response is the same whether or not the number has an account. " +
			"The code is valid only for reset-password.",
	}, a.forgotPassword)
	register(a, route{
		method:    http.MethodPost,
		path:      "/auth/reset-password",
		status:    http.StatusOK,
		tag:       tagAuth,
		public:    true,
		rateLimit: login.ActionTrySecret,
		refusals:  []*fault.Error{otp.ErrBadCode},
		summary:   "Set a password with a code",
		doc:       "Ends all sessions of the user, and revokes all device tokens.",
	}, a.resetPassword)
	register(a, route{
		method:   http.MethodPost,
		path:     "/auth/change-password",
		status:   http.StatusOK,
		tag:      tagAuth,
		refusals: []*fault.Error{user.ErrWrongPassword, session.ErrRecentLoginRequired, errRateLimited},
		summary:  "Set or change the password",
		doc: "Ends the other sessions of the user, and invalidates open reset codes. " +
			"To set the first password, the login must be recent: at most 15 minutes ago.",
	}, a.changePassword)
}

// forgotPassword handles POST /auth/forgot-password.
func (a *API) forgotPassword(ctx context.Context, in *mobileIn) (*codeSentOut, error) {
	addNumberToLog(ctx, in.Body)
	sent, err := a.config.Login.SendResetCode(ctx, clientOf(ctx), in.Body.MobileNumber)
	return newCodeSentOut(ctx, sent, err)
}

// logIn handles POST /auth/login.
func (a *API) logIn(ctx context.Context, in *loginIn) (*tokenOut, error) {
	addNumberToLog(ctx, in.Body.Mobile)
	password := string(in.Body.Password)
	return newTokenOut(a.config.Login.LoginWithPassword(ctx, clientOf(ctx), in.Body.MobileNumber, password))
}

// resetPassword handles POST /auth/reset-password.
func (a *API) resetPassword(ctx context.Context, in *resetIn) (*noticeOut, error) {
	addNumberToLog(ctx, in.Body.Mobile)
	password := string(in.Body.NewPassword)
	err := a.config.Login.ResetPassword(ctx, clientOf(ctx), in.Body.MobileNumber, in.Body.OTP, password)
	return newNoticeOut("The password is set. Use it to log in.", err)
}

// changePassword handles POST /auth/change-password.
func (a *API) changePassword(ctx context.Context, in *changeIn) (*noticeOut, error) {
	err := a.config.Login.ChangePassword(ctx, accessOf(ctx), string(in.Body.OldPassword), string(in.Body.NewPassword))
	return newNoticeOut("The password is set.", err)
}

func newNoticeOut(message string, err error) (*noticeOut, error) {
	if err != nil {
		return nil, err
	}
	out := &noticeOut{}
	out.Body.Message = message
	return out, nil
}
