package portstest

import (
	"errors"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// FuzzEvent signs arbitrary payloads. For each of them Event must return either an event with
// an id, or no event and ErrSignature, and must not panic.
func FuzzEvent(f *testing.F, rig WebhooksRig) {
	for _, payload := range []string{
		webhookPayload,
		`{"id":"evt_1","type":"invoice.paid","data":{"object":{"customer":"cus_1"}}}`,
		`{"id":"evt_1","data":{"object":{"customer":{"id":"cus_1"}}}}`,
		`{"id":"evt_1","data":{"object":{"object":"customer","id":"cus_1"}}}`,
		`{"id":1,"type":{},"data":[]}`,
		`{"id":"evt_1","data":{"object":7}}`,
		`[]`,
		`null`,
		`{"ID":"evt_1"}`,
		"{\"id\":\"\xff\"}",
		strings.Repeat(`{"data":`, 1000),
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := rig.Webhooks.Event(payload, rig.Sign(payload, webhookTime), webhookTime)
		switch {
		case err == nil && e.ID == "":
			t.Errorf("the event is %+v, want an id", e)
		case err != nil && (!errors.Is(err, subscription.ErrSignature) || e != (ports.WebhookEvent{})):
			t.Errorf("Event returned %+v and error %v, want no event and ErrSignature", e, err)
		}
	})
}
