//go:build linux

package redis

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/rig"
)

func TestCancelSignalsDuringAnOutage(t *testing.T) {
	eachOutage(t, map[string]outage{"killed": killed, "frozen": frozen}, cancelSignalsDuringAnOutage)
}

func cancelSignalsDuringAnOutage(t *testing.T, begin outage) {
	server := ownServer(t)
	client := connect(t, server.URL())
	signals := NewCancelSignals(client, "test", newSubscriber(t, client))
	handling := make(chan id.ID, 10_000)
	handle := func(replyID id.ID) { handling <- replyID }
	done := receiveInBackground(t, signals, handle)
	sendUntilHandled(t, signals, handling)
	end := begin(server)
	if err := receive(t, done, "Receive to end"); err == nil {
		t.Error("Receive ended without an error when Redis became unavailable")
	}
	began := time.Now()
	for range 100 {
		errSend, errReceive := signals.Send(t.Context(), newID(t)), signals.Receive(t.Context(), handle)
		if errSend == nil || errReceive == nil {
			t.Fatalf("during an outage Send returned %v and Receive %v, want errors", errSend, errReceive)
		}
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("200 calls during the outage took %v, want at most 15 s", took)
	}
	end()
	rig.Eventually(t, patience, "sending works again", func() bool {
		return signals.Send(t.Context(), newID(t)) == nil
	})
	receiveInBackground(t, signals, handle)
	sendUntilHandled(t, signals, handling)
}
