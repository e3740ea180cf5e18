//go:build linux

package fault

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// The stream is deleted while 500 messages are in flight and most wake-ups are unread. No message
// is lost, and workers read new wake-ups again without a restart.
func TestWakeupsResumeAfterTheNATSStreamIsDeleted(t *testing.T) {
	var g gate
	s, _ := newNATSStack(t, g.act)
	s.checkLostWakeups(&g)
}

// NATS is killed and later started without its data.
func TestSendsAreAcceptedWhileNATSIsDown(t *testing.T) {
	s, q := newNATSStack(t, quickModel)
	o := s.checkOutage(q.Kill, q.Start, 2*time.Second)
	t.Logf("NATS was down for %s", o)
}

// NATS is suspended: it neither responds nor closes connections. A send waits for it for one
// second, until the pings notice the outage.
func TestSendsAreAcceptedWhileNATSIsSuspended(t *testing.T) {
	s, q := newNATSStack(t, quickModel)
	thaw := func() {}
	o := s.checkOutage(func() { thaw = q.Freeze() }, func() { thaw() }, 3*time.Second)
	t.Logf("NATS was suspended for %s", o)
}

// invalidMessages returns messages that are not wake-ups of a reply. Parley does not add such
// messages, but every client of NATS can.
func invalidMessages() []*nats.Msg {
	messages := []*nats.Msg{
		{},
		{Data: []byte(unknownID)},
		{Data: []byte("../../etc/passwd")},
		{Data: []byte("\x00\xff\xfe\r\n+ACK\r\n")},
		{Data: []byte(strings.Repeat("x", 900))},
		{Data: []byte(unknownID), Header: nats.Header{"_watermill_message_uuid": {"x", "y"}, "metadata": {"\xc1"}}},
		{Header: nats.Header{"Status": {"409"}, "Description": {"Consumer Deleted"}}},
	}
	for i := range 100 {
		messages = append(messages, &nats.Msg{Data: []byte(fmt.Sprint("message ", i))})
	}
	return messages
}

// Workers delete invalid messages and continue with valid ones.
func TestInvalidMessagesOfNATSAreSkipped(t *testing.T) {
	s, q := newNATSStack(t, nil)
	l := s.newLoad(s.start("api"), 50)
	s.start("worker")
	messages, invalid := times(1000, 200), invalidMessages()
	l.send(messages / 2)
	for _, m := range invalid {
		m.Subject = natsSubject
		if _, err := q.js.PublishMsg(context.Background(), m); err != nil {
			t.Fatalf("add a message to the stream: %v", err)
		}
	}
	l.send(messages - messages/2)
	took := l.checkAnswered(30 * time.Second)
	// nats.go does not deliver the message with a status, so that one stays.
	rig.Eventually(t, 20*time.Second, "the stream is empty, except for the message with a status", func() bool {
		return q.count() <= 1
	})
	if read := q.read(); read <= len(invalid) {
		t.Errorf("workers read %d messages, want more than the %d invalid ones", read, len(invalid))
	}
	l.checkWakeupLatency(20)
	t.Logf("%d invalid messages: %+v; last answer %s after the last send", len(invalid), l.count(),
		took.Round(time.Millisecond))
}
