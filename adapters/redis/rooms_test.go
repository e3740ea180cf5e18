package redis

import (
	"context"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// announcingStores returns memory stores that announce changes of rooms.
func announcingStores(versions *RoomVersions) portstest.Stores {
	s := memory.New()
	return portstest.Stores{
		Users:             memory.Users{Store: s},
		Passwords:         memory.Passwords{Store: s},
		Codes:             memory.Codes{Store: s},
		Sessions:          memory.Sessions{Store: s},
		Rooms:             NewRooms(memory.Rooms{Store: s}, versions),
		Messages:          NewMessages(memory.Messages{Store: s}, versions),
		MessageChanges:    NewMessageChanges(memory.MessageChanges{Store: s}, versions),
		Conversations:     NewConversations(memory.Conversations{Store: s}, versions),
		Feed:              memory.Feed{Store: s},
		Search:            memory.Search{Store: s},
		MessageCounts:     memory.MessageCounts{Store: s},
		ReplyQueue:        memory.ReplyQueue{Store: s},
		Workers:           memory.Workers{Store: s},
		Subscriptions:     memory.Subscriptions{Store: s},
		WebhookLedger:     memory.WebhookLedger{Store: s},
		Retention:         memory.Retention{Store: s},
		Eraser:            NewEraser(memory.Eraser{Store: s}, versions),
		Erasures:          memory.Erasures{Store: s},
		CustomerDeletions: memory.CustomerDeletions{Store: s},
		AccountRecords:    memory.AccountRecords{Store: s},
	}
}

// newVersions returns versions that do not listen.
func newVersions(t *testing.T, client *goredis.Client, prefix string) *RoomVersions {
	return NewRoomVersions(client, prefix, newSubscriber(t, client))
}

// run runs the versions until the test ends, and waits until they are known.
func run(t *testing.T, v *RoomVersions) *RoomVersions {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		v.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-stopped })
	awaitKnown(t, v)
	return v
}

func isKnown(v *RoomVersions) bool {
	_, known := v.Version("anybody")
	return known
}

// awaitKnown waits until the versions are known, and returns how long that took.
func awaitKnown(t *testing.T, v *RoomVersions) time.Duration {
	t.Helper()
	return rig.Eventually(t, patience, "the versions are known", func() bool { return isKnown(v) })
}

// awaitUnknown waits until the versions are not known.
func awaitUnknown(t *testing.T, v *RoomVersions) {
	t.Helper()
	rig.Eventually(t, patience, "the versions are unknown", func() bool { return !isKnown(v) })
}

func TestRooms(t *testing.T) {
	open := func(t *testing.T) portstest.Stores {
		client, prefix := sharedServer(t)
		return announcingStores(newVersions(t, client, prefix))
	}
	t.Run("Rooms", func(t *testing.T) { portstest.Rooms(t, open) })
	t.Run("Messages", func(t *testing.T) { portstest.Messages(t, open) })
	t.Run("Conversations", func(t *testing.T) { portstest.Conversations(t, open) })
	t.Run("MessageChanges", func(t *testing.T) { portstest.MessageChanges(t, open) })
	t.Run("Eraser", func(t *testing.T) { portstest.Eraser(t, open) })
}

func TestRoomVersions(t *testing.T) {
	portstest.RoomVersions(t, func(t *testing.T) portstest.RoomVersionsRig {
		client, prefix := sharedServer(t)
		other, _ := sharedServer(t)
		here := run(t, newVersions(t, client, prefix))
		there := run(t, newVersions(t, other, prefix))
		return portstest.RoomVersionsRig{Stores: announcingStores(here), Here: here, There: there}
	})
}
