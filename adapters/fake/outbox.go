package fake

import (
	"context"
	"slices"
	"sync"

	"github.com/kuvaka-tech/parley/core/phone"
)

// Text is a short text that was sent.
type Text struct {
	To   phone.Number
	Text string
}

// Outbox is a ports.SMS that keeps what it is given, the last 1000 texts, for
// those who play the owners of the phones. It logs nothing. The zero Outbox is ready.
type Outbox struct {
	mu    sync.Mutex
	texts []Text
	count int
	down  error
}

const kept = 1000

// Send fails, keeping nothing, with ctx's error when that is over and with what Fail was told.
func (o *Outbox) Send(ctx context.Context, to phone.Number, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down != nil {
		return o.down
	}
	o.count++
	o.texts = append(o.texts[max(0, len(o.texts)-kept+1):], Text{to, text})
	return nil
}

// Fail makes every Send fail with err from now on, nil to work again.
func (o *Outbox) Fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.down = err
}

// Last is the newest text kept for a number.
func (o *Outbox) Last(to phone.Number) (text string, ok bool) {
	for _, t := range slices.Backward(o.All()) {
		if t.To == to {
			return t.Text, true
		}
	}
	return "", false
}

// All is every text kept, oldest first.
func (o *Outbox) All() []Text {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.texts)
}

// Count is how many texts were ever sent, those no longer kept included.
func (o *Outbox) Count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}
