package portstest

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

// smsCode and the canary are in a text that no error may quote.
const smsCode = "918273"
const smsSecret = "Your code is " + smsCode + ", " + canary

// smsHidden is what no error may tell of a text that is a secret.
func smsHidden(to phone.Number) []string {
	number := to.String()
	return []string{canary, smsCode, number[len(number)-10:]} // with the country's code or without
}

// What a failure's kind may be.
func smsUnavailable(k fault.Kind) bool { return k == fault.Unavailable }
func smsRefused(k fault.Kind) bool     { return k == fault.Refused }
func smsInvalid(k fault.Kind) bool     { return k == fault.Invalid }
func smsMayRetry(k fault.Kind) bool    { return k != fault.Refused && k != fault.Invalid }
func smsUnknown(k fault.Kind) bool     { return k != fault.Invalid }

func smsFails(x *texter) {
	failures := []struct {
		name  string
		reply Reply
		fits  func(fault.Kind) bool
	}{
		{"busy", Reply{Verdict: Busy}, smsUnavailable},
		{"busy for a while", Reply{Verdict: Busy, Wait: 7 * time.Second}, smsUnavailable},
		{"down", Reply{Verdict: Down}, smsMayRetry},
		{"down for a while", Reply{Verdict: Down, Wait: 2 * time.Minute}, smsUnavailable},
		{"a connection lost", Reply{Verdict: Lost}, smsMayRetry},
		{"a text that is refused", Reply{Verdict: Refused}, smsRefused},
		{"a wrong key, the operator's to mend", Reply{Verdict: Denied}, smsRefused},
		{"a redirect, which would hand on the text", Reply{Verdict: Moved}, smsRefused},
		{"a number that no text can reach", Reply{Verdict: Unreachable}, smsInvalid},
		{"an answer that is none", Reply{Verdict: Garbled}, smsUnknown},
	}
	for _, f := range failures {
		x.run(f.name, onlySecret(f.reply), func(x *texter) {
			if x.rig.Blind && f.reply.Verdict == Unreachable {
				f.fits = smsRefused
			}
			x.expectFailure(f.reply, f.fits)
		})
	}
}

// onlySecret takes all texts but the secret, which gets the reply.
func onlySecret(r Reply) SMSScript {
	return func(_ phone.Number, text string) Reply {
		if text != smsSecret {
			return Reply{}
		}
		return r
	}
}

// expectFailure finds what the reply means in the error and nothing of the text,
// one call of the company, and the adapter able to send after it. The text before
// it leaves a connection, on which a transport could try again by itself.
func (x *texter) expectFailure(r Reply, fits func(fault.Kind) bool) {
	x.Helper()
	to := smsPhone(x.T)
	x.deliver(to, "before")
	err := x.send(x.Context(), to, smsSecret)
	if x.rig.Takes {
		x.expectTaken(err)
		return
	}
	f := fault.Of(err)
	if err == nil || !fits(f.Kind) || f.RetryAfter != r.Wait {
		x.Errorf("failed with %v (kind %d, after %s)", err, f.Kind, f.RetryAfter)
	}
	expectSilence(x.T, err, smsHidden(to)...)
	x.expectOnce(to)
	x.deliver(to, "after")
	x.received(to, "before", "after")
}

func (x *texter) expectOnce(to phone.Number) {
	x.Helper()
	if n := x.calls(to, smsSecret); n != 1 {
		x.Errorf("called the company %d times: it is not to retry", n)
	}
}

func (x *texter) expectTaken(err error) {
	x.Helper()
	if err != nil {
		x.Errorf("it takes every text, and failed with %v", err)
	}
}

func smsSilence(x *texter) {
	x.ends("cancelled", patience, context.Canceled)
	x.ends("when its time is over", 200*time.Millisecond, context.DeadlineExceeded)
}

// ends ends a call while the company is silent: once that knows of it, or when its time is over.
func (x *texter) ends(name string, within time.Duration, want error) {
	var cancel context.CancelFunc
	left := make(chan struct{}, 9)
	script := func(phone.Number, string) Reply {
		if want == context.Canceled {
			cancel()
		}
		return Reply{Verdict: Silent, Left: func() { left <- struct{}{} }}
	}
	x.run(name, script, func(x *texter) {
		var ctx context.Context
		ctx, cancel = context.WithTimeout(x.Context(), within)
		defer cancel()
		to := smsPhone(x.T)
		err := x.send(ctx, to, smsSecret)
		if x.rig.Takes {
			x.expectTaken(err)
			return
		}
		x.expectOver(err, want, to)
		await(x.T, left, "the connection to be let go")
		x.expectOnce(to)
		x.received(to)
	})
}
