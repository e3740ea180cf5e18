package portstest

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

// smsSecret is a text that no error may quote.
const (
	smsCode   = "918273"
	smsSecret = "Your code is " + smsCode + ", " + canary
)

// smsSecrets returns what no error about smsSecret may contain. The number is left
// without its country code, because an error might contain it in either form.
func smsSecrets(to phone.Number) []string {
	number := to.String()
	return []string{canary, smsCode, number[len(number)-10:]}
}

// kinds is a set of fault kinds.
type kinds func(fault.Kind) bool

func isUnavailable(k fault.Kind) bool { return k == fault.Unavailable }
func isRefused(k fault.Kind) bool     { return k == fault.Refused }
func isInvalid(k fault.Kind) bool     { return k == fault.Invalid }
func isRetryable(k fault.Kind) bool   { return k != fault.Refused && k != fault.Invalid }
func isNotInvalid(k fault.Kind) bool  { return k != fault.Invalid }

func (t *smsTest) failures() {
	for _, f := range []struct {
		name     string
		response SMSResponse
		want     kinds
	}{
		{"busy", SMSResponse{Verdict: SMSBusy}, isUnavailable},
		{"busy with a wait", SMSResponse{Verdict: SMSBusy, RetryAfter: 7 * time.Second}, isUnavailable},
		{"down", SMSResponse{Verdict: SMSDown}, isRetryable},
		{"down with a wait", SMSResponse{Verdict: SMSDown, RetryAfter: 2 * time.Minute}, isUnavailable},
		{"a lost connection", SMSResponse{Verdict: SMSDisconnects}, isRetryable},
		{"a refused text", SMSResponse{Verdict: SMSRefused}, isRefused},
		{"a wrong key, which the operator has to fix", SMSResponse{Verdict: SMSUnauthorized}, isRefused},
		{"a redirect, which would pass on the text", SMSResponse{Verdict: SMSRedirected}, isRefused},
		{"an unreachable number", SMSResponse{Verdict: SMSUnreachable}, isInvalid},
		{"a response that cannot be parsed", SMSResponse{Verdict: SMSGarbled}, isNotInvalid},
	} {
		t.run(f.name, respondToSecret(f.response), func(t *smsTest) {
			if t.rig.UnreachableIsRefused && f.response.Verdict == SMSUnreachable {
				f.want = isRefused
			}
			t.wantFailure(f.response, f.want)
		})
	}
}

// respondToSecret returns a script that responds to smsSecret with r and accepts all other texts.
func respondToSecret(r SMSResponse) SMSScript {
	return func(_ phone.Number, text string) SMSResponse {
		if text != smsSecret {
			return SMSResponse{}
		}
		return r
	}
}

// wantFailure checks the kind of the failure, that its error quotes nothing, that
// the provider was called once, and that the adapter can send afterwards. The text
// before it leaves an open connection, on which an HTTP transport might retry by itself.
func (t *smsTest) wantFailure(response SMSResponse, want kinds) {
	t.Helper()
	to := newPhone(t.T)
	t.mustSend(to, "before")
	err := t.send(t.Context(), to, smsSecret)
	if t.rig.AcceptsAll {
		t.wantAccepted(err)
		return
	}
	f := fault.Of(err)
	if err == nil || !want(f.Kind) || f.RetryAfter != response.RetryAfter {
		t.Errorf("Send failed with %v of kind %d and RetryAfter %s, want another kind or RetryAfter %s",
			err, f.Kind, f.RetryAfter, response.RetryAfter)
	}
	wantNoSecrets(t.T, err, smsSecrets(to)...)
	t.wantOneCall(to)
	t.mustSend(to, "after")
	t.wantReceived(to, "before", "after")
}

func (t *smsTest) wantOneCall(to phone.Number) {
	t.Helper()
	if n := t.countCalls(to, smsSecret); n != 1 {
		t.Errorf("the provider received %d calls, want 1: an adapter does not retry", n)
	}
}

func (t *smsTest) wantAccepted(err error) {
	t.Helper()
	if err != nil {
		t.Errorf("Send failed with %v, but the rig says that the adapter accepts all texts", err)
	}
}

func (t *smsTest) contextEnds() {
	t.endContext("cancelled", patience, context.Canceled)
	t.endContext("timed out", 200*time.Millisecond, context.DeadlineExceeded)
}

// endContext ends a call while the provider hangs: by a cancel when the provider
// has received the call, or by a timeout.
func (t *smsTest) endContext(name string, timeout time.Duration, want error) {
	var cancel context.CancelFunc
	disconnected := make(chan struct{}, 9)
	script := func(phone.Number, string) SMSResponse {
		if want == context.Canceled {
			cancel()
		}
		return SMSResponse{Verdict: SMSHangs, OnDisconnect: func() { disconnected <- struct{}{} }}
	}
	t.run(name, script, func(t *smsTest) {
		var ctx context.Context
		ctx, cancel = context.WithTimeout(t.Context(), timeout)
		defer cancel()
		to := newPhone(t.T)
		err := t.send(ctx, to, smsSecret)
		if t.rig.AcceptsAll {
			t.wantAccepted(err)
			return
		}
		t.wantContextError(err, want, to)
		await(t, disconnected, "the end of the connection")
		t.wantOneCall(to)
		t.wantReceived(to)
	})
}
