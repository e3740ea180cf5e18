package fake_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// An outbox has no company that could follow the script.
func TestOutbox(t *testing.T) {
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
		return portstest.SMSRig{SMS: o, Received: received, Takes: true}
	})
}

func number(t *testing.T, s string) phone.Number {
	t.Helper()
	n, err := phone.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOutboxLast(t *testing.T) {
	var o fake.Outbox
	ann, bob := number(t, "+15550000001"), number(t, "+15550000002")
	for _, text := range []string{"one", "two"} {
		if err := o.Send(t.Context(), ann, text); err != nil {
			t.Fatal(err)
		}
	}
	if text, ok := o.Last(ann); text != "two" || !ok {
		t.Errorf("ann's last is %q, %v", text, ok)
	}
	if text, ok := o.Last(bob); text != "" || ok {
		t.Errorf("bob, who got nothing, has %q, %v", text, ok)
	}
	o.All()[1].Text = "changed"
	if text, _ := o.Last(ann); text != "two" {
		t.Errorf("All is no copy: %q", text)
	}
}

func TestOutboxIsBounded(t *testing.T) {
	var o fake.Outbox
	ann, bob := number(t, "+15550000001"), number(t, "+15550000002")
	for i := range 1001 {
		to := ann
		if i == 0 {
			to = bob
		}
		if err := o.Send(t.Context(), to, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	all := o.All()
	if len(all) != 1000 || all[0].Text != "1" || all[999].Text != "1000" || o.Count() != 1001 {
		t.Errorf("%d kept from %q to %q of %d", len(all), all[0].Text, all[len(all)-1].Text, o.Count())
	}
	if _, ok := o.Last(bob); ok {
		t.Error("the oldest text is still there")
	}
}

func TestOutboxFails(t *testing.T) {
	var o fake.Outbox
	ann, away := number(t, "+15550000001"), errors.New("the company is away")
	o.Fail(away)
	if err := o.Send(t.Context(), ann, "lost"); !errors.Is(err, away) {
		t.Errorf("sending failed with %v", err)
	}
	o.Fail(nil)
	if err := o.Send(t.Context(), ann, "sent"); err != nil {
		t.Fatal(err)
	}
	if all := o.All(); len(all) != 1 || all[0].Text != "sent" || o.Count() != 1 {
		t.Errorf("kept %v of %d", all, o.Count())
	}
}
