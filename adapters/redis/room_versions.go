package redis

import (
	"context"
	"errors"
	"hash/maphash"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// versionSlots is the number of counters of changes. Users whose ids have the same hash
	// share a counter: a change of one of them also invalidates what is cached of the others.
	versionSlots = 1 << 16
	// maxWaitingChanges limits the announcements that wait until they are counted. When there
	// are more, all versions change.
	maxWaitingChanges = 10_000
)

// RoomVersions is a ports.RoomVersions of all processes with the same key prefix. A process
// that changes rooms counts the change and publishes the user's id on one channel. The
// other processes receive it and count, too.
//
// A version is the number of changes of the slot plus the number of resets. Both only grow,
// so a version never returns.
type RoomVersions struct {
	client     goredis.UniversalClient
	keyPrefix  string
	subscriber *Subscriber
	seed       maphash.Seed

	listening atomic.Bool   // whether all announcements of other processes arrive
	resets    atomic.Uint64 // how often announcements may have been missed
	changes   [versionSlots]atomic.Uint64
}

// NewRoomVersions returns versions that are unknown until Run listens. All types of a process
// that change rooms must share it. subscriber must use the same client.
func NewRoomVersions(client goredis.UniversalClient, keyPrefix string, subscriber *Subscriber) *RoomVersions {
	return &RoomVersions{client: client, keyPrefix: keyPrefix, subscriber: subscriber, seed: maphash.MakeSeed()}
}

// Version implements ports.RoomVersions.
func (v *RoomVersions) Version(owner id.ID) (version uint64, known bool) {
	if !v.listening.Load() {
		return 0, false
	}
	return v.resets.Load() + v.slot(owner).Load(), true
}

func (v *RoomVersions) slot(owner id.ID) *atomic.Uint64 {
	return &v.changes[maphash.String(v.seed, string(owner))%versionSlots]
}

func (v *RoomVersions) channel() string { return v.keyPrefix + ":rooms:changed" }

// Run counts the changes by other processes until ctx is done. While Redis is unavailable,
// versions are unknown, and Run tries again every second.
func (v *RoomVersions) Run(ctx context.Context) {
	for ctx.Err() == nil {
		v.listen(ctx)
		select {
		case <-time.After(retryInterval):
		case <-ctx.Done():
		}
	}
}

// listen counts announcements until ctx is done or the connection breaks. The first notice
// means that the subscription is in effect. Changes before it may have been missed.
func (v *RoomVersions) listen(ctx context.Context) {
	sub, err := v.subscriber.subscribe(v.channel(), wanted{payloads: maxWaitingChanges})
	if err != nil {
		return
	}
	defer sub.close()
	defer v.listening.Store(false)
	for sub.wait(ctx) == nil {
		owners := sub.take()
		if !v.listening.Load() || len(owners) >= maxWaitingChanges {
			v.resets.Add(1)
		}
		for _, owner := range owners {
			v.slot(id.ID(owner)).Add(1)
		}
		v.listening.Store(true)
	}
}

// afterWrite counts and announces a change of the owner's rooms after a write to the store
// that returned err. It does nothing if the write was refused. A write that failed with an
// internal error may have been committed.
func (v *RoomVersions) afterWrite(ctx context.Context, owner id.ID, err error) {
	if err == nil || fault.Of(err).Kind == fault.Internal {
		v.slot(owner).Add(1)
		v.announce(context.WithoutCancel(ctx), owner, time.Now())
	}
}

// announce publishes a change. If that fails, it tries again in the background until other
// processes cannot have anything cached from before the change.
func (v *RoomVersions) announce(ctx context.Context, owner id.ID, changed time.Time) {
	keys := []string{v.keyPrefix + ":rooms:" + string(owner)}
	err := roomsChangedScript.Run(ctx, v.client, keys, v.channel(), string(owner)).Err()
	if err == nil || errors.Is(err, goredis.ErrClosed) || time.Since(changed) > ports.MaxRoomAge {
		return
	}
	time.AfterFunc(retryInterval, func() { v.announce(ctx, owner, changed) })
}
