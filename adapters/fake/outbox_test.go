package fake_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// The Outbox cannot follow the script, because it accepts every SMS.
func TestOutboxContract(t *testing.T) {
	portstest.SMS(t, func(*testing.T, portstest.SMSScript) portstest.SMSRig {
		o := new(fake.Outbox)
		received := func(n phone.Number) (texts []string) {
			for _, sent := range o.All() {
				if sent.To == n {
					texts = append(texts, sent.Text)
				}
			}
			return texts
		}
		return portstest.SMSRig{SMS: o, Received: received, AcceptsAll: true}
	})
}

func number(t *testing.T, s string) phone.Number {
	t.Helper()
	n, err := phone.Parse(s)
	if err != nil {
		t.Fatalf("parsing the number %s: %v", s, err)
	}
	return n
}

func TestOutboxLast(t *testing.T) {
	var o fake.Outbox
	alice, bob := number(t, "+15550000001"), number(t, "+15550000002")
	for _, text := range []string{"one", "two"} {
		if err := o.Send(t.Context(), alice, text); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	if text, ok := o.Last(alice); text != "two" || !ok {
		t.Errorf("Last = %q, %v for alice, want the text of her second SMS", text, ok)
	}
	if text, ok := o.Last(bob); text != "" || ok {
		t.Errorf("Last = %q, %v for bob, want none", text, ok)
	}
	o.All()[1].Text = "changed"
	if text, _ := o.Last(alice); text != "two" {
		t.Errorf("Last = %q after a change to the result of All, want no change", text)
	}
}

func TestOutboxIsBounded(t *testing.T) {
	var o fake.Outbox
	alice, bob := number(t, "+15550000001"), number(t, "+15550000002")
	for i := range 1001 {
		to := alice
		if i == 0 {
			to = bob
		}
		if err := o.Send(t.Context(), to, fmt.Sprint(i)); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	all := o.All()
	if len(all) != 1000 || all[0].Text != "1" || all[999].Text != "1000" {
		t.Errorf("All has %d SMS from %q to %q, want the newest 1000", len(all), all[0].Text, all[len(all)-1].Text)
	}
	if o.Count() != 1001 {
		t.Errorf("Count = %d, want 1001", o.Count())
	}
	if _, ok := o.Last(bob); ok {
		t.Error("Last found the oldest SMS, want it to be dropped")
	}
}

func TestOutboxSetError(t *testing.T) {
	var o fake.Outbox
	alice, errDown := number(t, "+15550000001"), errors.New("the sender is down")
	o.SetError(errDown)
	if err := o.Send(t.Context(), alice, "lost"); !errors.Is(err, errDown) {
		t.Errorf("Send failed with %v, want the error from SetError", err)
	}
	o.SetError(nil)
	if err := o.Send(t.Context(), alice, "sent"); err != nil {
		t.Fatalf("Send after SetError(nil): %v", err)
	}
	if all := o.All(); len(all) != 1 || all[0].Text != "sent" || o.Count() != 1 {
		t.Errorf("All = %v, Count = %d, want only the SMS that was sent", all, o.Count())
	}
}
