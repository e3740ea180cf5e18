package portstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

// SMS is the contract of a ports.SMS. received is what has reached a phone, oldest first.
func SMS(t *testing.T, open func(t *testing.T) (sms ports.SMS, received func(phone.Number) []string)) {
	t.Run("a text reaches its phone as it is, and no other", func(t *testing.T) {
		sms, received := open(t)
		smsArrives(t, sms, received)
	})
	t.Run("many at a time", func(t *testing.T) {
		sms, received := open(t)
		smsParallel(t, sms, received)
	})
	t.Run("a call whose time is over sends nothing", func(t *testing.T) {
		sms, received := open(t)
		smsCancelled(t, sms, received)
	})
}

func smsArrives(t *testing.T, sms ports.SMS, received func(phone.Number) []string) {
	to, other := smsPhone(t), smsPhone(t)
	texts := []string{"Your Parley code is 012345.", "पार्ले: 012345 & <b>+%0A", "two\nlines"}
	for i, text := range texts {
		if err := sms.Send(t.Context(), to, text); err != nil {
			t.Fatal(err)
		}
		if got := received(to); !slices.Equal(got, texts[:i+1]) {
			t.Errorf("the phone has %q", got)
		}
	}
	if got := received(other); len(got) != 0 {
		t.Errorf("another phone has %q", got)
	}
}

func smsParallel(t *testing.T, sms ports.SMS, received func(phone.Number) []string) {
	var all sync.WaitGroup
	phones := []phone.Number{smsPhone(t), smsPhone(t), smsPhone(t), smsPhone(t)}
	for _, to := range phones {
		for i := range 10 {
			all.Go(func() {
				if err := sms.Send(t.Context(), to, fmt.Sprint(to, i)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	for _, to := range phones {
		got := received(to)
		slices.Sort(got)
		if len(slices.Compact(got)) != 10 || slices.ContainsFunc(got, func(s string) bool { return !strings.HasPrefix(s, to.String()) }) {
			t.Errorf("%v has %q", to, got)
		}
	}
}

func smsCancelled(t *testing.T, sms ports.SMS, received func(phone.Number) []string) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	to := smsPhone(t)
	err := sms.Send(ctx, to, "the secret text")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("failed with %v", err)
	} else if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error tells the text: %v", err)
	}
	if got := received(to); len(got) != 0 {
		t.Errorf("the phone has %q", got)
	}
}

var smsPhones atomic.Uint32

// smsPhone is a number that nobody has, +1 555 01xx in some area code, and another one each time.
func smsPhone(t *testing.T) phone.Number {
	t.Helper()
	next := smsPhones.Add(1)
	n, err := phone.Parse(fmt.Sprintf("+1%03d55501%02d", 200+next/100%800, next%100))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
