package watermill

import (
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// Processes that start at the same time create the stream at the same time.
func TestProcessesCreateTheStreamTogether(t *testing.T) {
	const processes, rounds = 4, 300
	server := rig.NewNATS(t)
	var streams []*natsStream
	for range processes {
		streams = append(streams, onNATS(t, server, "").natsStream)
	}
	for range rounds {
		prefix := newPrefix()
		var creating sync.WaitGroup
		for _, s := range streams {
			s.prefix = prefix
			creating.Go(func() {
				if err := s.createStream(t.Context(), topic); err != nil {
					t.Errorf("createStream failed: %v", err)
				}
			})
		}
		creating.Wait()
	}
}

// A stream of somebody else that has the subject is an error.
func TestASubjectOfAnotherStreamIsAnError(t *testing.T) {
	server := rig.NewNATS(t)
	prefix := newPrefix()
	w := onNATS(t, server, prefix)
	other := jetstream.StreamConfig{
		Name:     "other",
		Subjects: []string{subject(prefix, topic)},
		Storage:  jetstream.MemoryStorage,
	}
	if _, err := w.js.CreateStream(t.Context(), other); err != nil {
		t.Fatalf("create another stream: %v", err)
	}
	if err := w.createStream(t.Context(), topic); err == nil {
		t.Error("createStream with a subject that another stream has succeeded, want an error")
	}
}
