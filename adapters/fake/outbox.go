package fake

import (
	"context"
	"slices"
	"sync"

	"github.com/kuvaka-tech/parley/core/phone"
)

// SentSMS is an SMS that was sent.
type SentSMS struct {
	To   phone.Number
	Text string
}

// Outbox implements ports.SMS without sending anything. It keeps the newest 1000 SMS
// in memory, so that tests can read the codes. It logs nothing. The zero Outbox is
// ready to use.
type Outbox struct {
	mu    sync.Mutex
	sent  []SentSMS
	count int
	err   error // of the next calls of Send
}

// maxSent is the maximum number of SMS that an Outbox keeps.
const maxSent = 1000

// Send implements ports.SMS. It fails with the error of ctx if ctx has ended, or with
// the error from SetError. Then it does not keep the SMS.
func (o *Outbox) Send(ctx context.Context, to phone.Number, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	o.count++
	o.sent = append(o.sent[max(0, len(o.sent)-maxSent+1):], SentSMS{To: to, Text: text})
	return nil
}

// SetError makes every later Send fail with err. After SetError(nil), Send works again.
func (o *Outbox) SetError(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
}

// Last returns the text of the newest SMS to a number.
func (o *Outbox) Last(to phone.Number) (text string, ok bool) {
	for _, s := range slices.Backward(o.All()) {
		if s.To == to {
			return s.Text, true
		}
	}
	return "", false
}

// All returns a copy of the SMS that are kept, the oldest first.
func (o *Outbox) All() []SentSMS {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.sent)
}

// Count returns how many SMS were sent, including those that are not kept any more.
func (o *Outbox) Count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}
