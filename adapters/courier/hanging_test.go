package courier_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
	"github.com/kuvaka-tech/parley/core/phone"
)

// hangingSender hangs for one number and accepts every other SMS.
type hangingSender struct {
	fakeSender
	hangs string
}

func (s *hangingSender) Send(ctx context.Context, to phone.Number, text string) error {
	if to.String() == s.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.fakeSender.Send(ctx, to, text)
}

// A sender hangs for 10 of 11 SMS, which are tried again and again. The others are sent at once.
func TestAHangingSendDoesNotDelayOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other, err := phone.Parse("+447400123456")
		if err != nil {
			t.Fatalf("parsing a number: %v", err)
		}
		s := &hangingSender{hangs: smstest.Number(t).String()}
		h := newHarness(t, s)
		defer h.kill()
		for second := range 20 {
			for range 10 {
				h.send(t, "hangs")
			}
			if err := h.Send(t.Context(), other, strconv.Itoa(second)); err != nil {
				t.Fatalf("sending in second %d: %v", second, err)
			}
			synctest.Wait()
			if n := len(s.acceptedTexts(other)); n != second+1 {
				t.Fatalf("%d SMS were sent at once in second %d, want all %d", n, second, second+1)
			}
			time.Sleep(time.Second)
		}
	})
}
