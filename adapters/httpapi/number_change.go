package httpapi

import (
	"context"
	"net/http"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
)

type newNumberIn struct{ Body Mobile }

type newNumberCodeIn struct {
	Body struct {
		Mobile
		Code
	}
}

func (a *API) registerNumberChange() {
	register(a, route{
		method:    http.MethodPost,
		path:      "/auth/change-number",
		status:    http.StatusOK,
		tag:       tagAuth,
		recent:    true,
		rateLimit: login.ActionSendCode,
		summary:   "Send a code to a new number",
		doc: "Needs a login within the last 15 minutes. The code is valid for 10 minutes, only for this user and " +
			"only for change-number/verify. The response is the same whether or not the number has an account. " +
			"A user can request 10 codes a day.",
	}, a.sendNumberCode)
	register(a, route{
		method:    http.MethodPost,
		path:      "/auth/change-number/verify",
		status:    http.StatusOK,
		tag:       tagAuth,
		recent:    true,
		rateLimit: login.ActionTrySecret,
		refusals:  []*fault.Error{otp.ErrBadCode},
		summary:   "Change the number with the code",
		doc: "Needs a login within the last 15 minutes. Ends the other sessions of the user and revokes their device " +
			"tokens. Rooms, messages, subscription, password and the messages of the day stay. From now on, only the " +
			"new number logs in. If another account has the number, the refusal is that of a wrong code: " +
			"delete the other account first.",
	}, a.changeNumber)
}

// sendNumberCode handles POST /auth/change-number.
func (a *API) sendNumberCode(ctx context.Context, in *newNumberIn) (*codeSentOut, error) {
	addNumberToLog(ctx, in.Body)
	sent, err := a.config.Login.SendNumberCode(ctx, clientOf(ctx), userOf(ctx), in.Body.MobileNumber)
	return newCodeSentOut(ctx, sent, err)
}

// changeNumber handles POST /auth/change-number/verify.
func (a *API) changeNumber(ctx context.Context, in *newNumberCodeIn) (*meOut, error) {
	addNumberToLog(ctx, in.Body.Mobile)
	b := in.Body
	if err := a.config.Login.ChangeNumber(ctx, clientOf(ctx), accessOf(ctx), b.MobileNumber, b.OTP); err != nil {
		return nil, err
	}
	return newMeOut(a.config.Profile.Get(ctx, userOf(ctx)))
}
