package courier_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// attempt is one call of a sender's Send.
type attempt struct {
	To   string
	Text string
	At   time.Time
}

// fakeSender is a ports.SMS that records all attempts and returns chosen errors.
type fakeSender struct {
	mu       sync.Mutex
	attempts []attempt
	accepted []attempt
	result   func(n int) error // returns the error of the n-th attempt, from 1; nil accepts all
}

// errHang makes a fakeSender wait until its context ends.
var errHang = errors.New("hang")

func (f *fakeSender) Send(ctx context.Context, to phone.Number, text string) error {
	a := attempt{To: to.String(), Text: text, At: time.Now()}
	f.mu.Lock()
	f.attempts = append(f.attempts, a)
	n, result := len(f.attempts), f.result
	f.mu.Unlock()
	if result == nil {
		return f.finish(ctx, a, nil)
	}
	return f.finish(ctx, a, result(n))
}

// finish ends an attempt with err: it waits for the end of ctx after errHang, and records an accepted SMS.
func (f *fakeSender) finish(ctx context.Context, a attempt, err error) error {
	if err == errHang {
		<-ctx.Done()
		return fmt.Errorf("hanging: %w", ctx.Err())
	}
	if err == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.accepted = append(f.accepted, a)
	}
	return err
}

func (f *fakeSender) setResult(result func(int) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.result = result
}

// allAttempts returns the attempts so far.
func (f *fakeSender) allAttempts() []attempt {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.attempts)
}

// acceptedTexts returns the accepted texts to a number.
func (f *fakeSender) acceptedTexts(to phone.Number) (texts []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.accepted {
		if a.To == to.String() {
			texts = append(texts, a.Text)
		}
	}
	return texts
}

// scriptedSender is a fakeSender that follows the script of the ports.SMS contract.
type scriptedSender struct {
	fakeSender
	script portstest.SMSScript
}

func (s *scriptedSender) Send(ctx context.Context, to phone.Number, text string) error {
	response := s.script(to, text)
	err := map[portstest.SMSVerdict]error{
		portstest.SMSBusy:         errBusy.After(response.RetryAfter),
		portstest.SMSDown:         errBusy.After(response.RetryAfter),
		portstest.SMSRefused:      errRefused,
		portstest.SMSUnauthorized: errRefused,
		portstest.SMSRedirected:   errRefused,
		portstest.SMSUnreachable:  phone.ErrInvalid,
		portstest.SMSGarbled:      errDown,
		portstest.SMSDisconnects:  errDown,
		portstest.SMSHangs:        errHang,
	}[response.Verdict]
	return s.finish(ctx, attempt{To: to.String(), Text: text, At: time.Now()}, err)
}

// Errors of a fakeSender.
var (
	errDown    = errors.New("down")
	errBusy    = fault.New(fault.Unavailable, "sms_unavailable", "busy")
	errRefused = fault.New(fault.Refused, "sms_refused", "refused")
)

// always returns err for every attempt.
func always(err error) func(int) error { return func(int) error { return err } }

// inOrder returns one error after the other, and repeats the last one.
func inOrder(errs ...error) func(int) error {
	return func(n int) error { return errs[min(n, len(errs))-1] }
}

// busyOnce asks for a pause of some seconds at the first attempt, and then accepts.
func busyOnce(seconds int) func(int) error {
	return inOrder(fmt.Errorf("status 429: %w", errBusy.After(time.Duration(seconds)*time.Second)), nil)
}
