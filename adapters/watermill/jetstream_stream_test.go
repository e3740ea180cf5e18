//go:build linux

package watermill

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// Messages of others in the stream are dropped, and the wake-ups after them are handled.
func TestInvalidMessagesInTheStreamAreSkipped(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	c := w.consume(nil)
	w.wake(1)
	c.waitFor(1)
	for _, junk := range []*nats.Msg{
		{},
		{Data: []byte("junk")},
		{Data: []byte(string(replyID(2)) + " junk")},
		{Data: []byte("\x00\xff\r\n-ERR 'junk'\r\n")},
		{Data: []byte("junk"), Header: nats.Header{"_watermill_message_uuid": {"junk", "junk"}}},
		{Header: nats.Header{"junk": {"junk"}}},
	} {
		junk.Subject = subject(w.prefix, topic)
		if _, err := w.js.PublishMsg(t.Context(), junk); err != nil {
			t.Fatalf("adding an invalid message: %v", err)
		}
	}
	w.checkHandles(c, 1000)
	w.waitUntilEmpty()
	if w.log.Count("level=WARN") != 6 || w.log.Count("junk") != 0 {
		t.Errorf("log = %.1000s, want 6 warnings without the payloads", w.log)
	}
}

// nats.go takes a message with the header Status and no data for a message of the server.
func TestMessagesThatLookLikeThoseOfTheServerAreSkipped(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	c := w.consume(nil)
	w.wake(1)
	c.waitFor(1)
	for _, status := range []nats.Header{
		{"Status": {"100"}},
		{"Status": {"404"}},
		{"Status": {"503"}},
		{"Status": {"409"}, "Description": {"Consumer Deleted"}},
		{"Status": {"junk"}},
	} {
		m := &nats.Msg{Subject: subject(w.prefix, topic), Header: status}
		if _, err := w.js.PublishMsg(t.Context(), m); err != nil {
			t.Fatalf("adding a message with a status: %v", err)
		}
	}
	w.checkHandles(c, 100)
}

// The stream is bounded in every dimension, and the oldest wake-ups are discarded.
func TestTheStreamIsBounded(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	w.wake(1)
	stream, err := w.js.Stream(t.Context(), w.name)
	if err != nil {
		t.Fatalf("reading the state of the stream: %v", err)
	}
	c := stream.CachedInfo().Config
	if c.MaxAge != maxStoredAge || c.MaxMsgs != maxStoredMessages || c.MaxBytes != maxStoredBytes {
		t.Errorf("limits of the stream: %v, %d messages, %d bytes; want %v, %d and %d",
			c.MaxAge, c.MaxMsgs, c.MaxBytes, maxStoredAge, maxStoredMessages, maxStoredBytes)
	}
	if c.Discard != jetstream.DiscardOld || c.Retention != jetstream.WorkQueuePolicy {
		t.Errorf("the stream discards %v messages and has retention %v, want old and work queue",
			c.Discard, c.Retention)
	}
	large := []byte(strings.Repeat("x", maxStoredSize+1))
	_, err = w.js.Publish(t.Context(), subject(w.prefix, topic), large)
	if !errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum) {
		t.Errorf("publishing %d bytes: error = %v, want that the message is too large", len(large), err)
	}
}

// An operator may change the stream, for example to have replicas of it.
func TestAnExistingStreamIsNotChanged(t *testing.T) {
	w := onNATS(t, rig.NewNATS(t), newPrefix())
	_, err := w.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name:     w.name,
		Subjects: []string{subject(w.prefix, topic)},
		Storage:  jetstream.FileStorage,
		MaxMsgs:  50,
	})
	if err != nil {
		t.Fatalf("creating the stream as an operator: %v", err)
	}
	c := w.consume(nil)
	w.wake(1)
	c.waitFor(1)
	stream, err := w.js.Stream(t.Context(), w.name)
	if err != nil {
		t.Fatalf("reading the state of the stream: %v", err)
	}
	if got := stream.CachedInfo().Config; got.MaxMsgs != 50 || got.Storage != jetstream.FileStorage {
		t.Errorf("the stream has MaxMsgs %d and storage %v, want it unchanged", got.MaxMsgs, got.Storage)
	}
}
