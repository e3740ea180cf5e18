package redis

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// versionOf returns a version, which must be known.
func versionOf(t *testing.T, v *RoomVersions, owner id.ID) uint64 {
	t.Helper()
	version, known := v.Version(owner)
	if !known {
		t.Fatal("the version is unknown, want it known")
	}
	return version
}

// awaitOther waits until the version of an owner is not before.
func awaitOther(t *testing.T, v *RoomVersions, owner id.ID, before uint64) {
	t.Helper()
	rig.Eventually(t, patience, "the version changes", func() bool { return versionOf(t, v, owner) != before })
}

func TestVersionsAreUnknownUntilTheProcessListens(t *testing.T) {
	client, prefix := sharedServer(t)
	v := newVersions(t, client, prefix)
	v.afterWrite(t.Context(), newID(t), nil)
	if isKnown(v) {
		t.Error("the versions are known before Run, want them unknown")
	}
	run(t, v)
}

func TestVersionsAreUnknownAfterTheEnd(t *testing.T) {
	client, prefix := sharedServer(t)
	v := newVersions(t, client, prefix)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		v.Run(ctx)
	}()
	awaitKnown(t, v)
	cancel()
	receive(t, stopped, "Run to end")
	if isKnown(v) {
		t.Error("the versions are known after the end of Run, want them unknown")
	}
}

// A write that failed with an internal error may have been committed.
func TestAWriteOfUnknownResultChangesTheVersion(t *testing.T) {
	client, prefix := sharedServer(t)
	v := run(t, newVersions(t, client, prefix))
	owner := newID(t)
	before := versionOf(t, v, owner)
	v.afterWrite(t.Context(), owner, fault.New(fault.Conflict, "refused", "Refused."))
	if versionOf(t, v, owner) != before {
		t.Error("a refused write changed the version")
	}
	v.afterWrite(t.Context(), owner, errors.New("the connection broke"))
	if versionOf(t, v, owner) == before {
		t.Error("a write of unknown result kept the version, want another one")
	}
}

func TestACancelledCallerAnnouncesItsChange(t *testing.T) {
	client, prefix := sharedServer(t)
	here, there := newVersions(t, client, prefix), run(t, newVersions(t, client, prefix))
	owner := newID(t)
	before := versionOf(t, there, owner)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	here.afterWrite(ctx, owner, nil)
	awaitOther(t, there, owner, before)
}

// Version 0.6 caches the lists of an owner in a hash. During a deploy, both versions run.
func TestAChangeDeletesTheListsOfThePreviousVersion(t *testing.T) {
	client, prefix := sharedServer(t)
	owner := newID(t)
	key := prefix + ":rooms:" + string(owner)
	client.HSet(t.Context(), key, "edition", "x", "v2:50", "[]")
	newVersions(t, client, prefix).afterWrite(t.Context(), owner, nil)
	if n := client.Exists(t.Context(), key).Val(); n != 0 {
		t.Error("the lists of the previous version still exist after a change, want them deleted")
	}
}

// More announcements than the process keeps are lost. Then every version changes.
func TestLostAnnouncementsChangeAllVersions(t *testing.T) {
	client, prefix := sharedServer(t)
	v := run(t, newVersions(t, client, prefix))
	owner := newID(t)
	before := versionOf(t, v, owner)
	v.subscriber.mu.Lock()
	conn := v.subscriber.conn
	v.subscriber.mu.Unlock()
	conn.mu.Lock() // no announcement is counted until all have arrived
	for _, sub := range conn.topics[v.channel()].subscriptions {
		for range maxWaitingChanges + 1 {
			sub.deliver("somebody")
		}
	}
	conn.mu.Unlock()
	awaitOther(t, v, owner, before)
}

// The test logs how long an announcement takes. The port allows 50 ms.
func TestAnnouncementsReachOtherProcesses(t *testing.T) {
	client, prefix := sharedServer(t)
	other, _ := sharedServer(t)
	here, there := newVersions(t, client, prefix), run(t, newVersions(t, other, prefix))
	var slowest time.Duration
	for range 100 {
		owner := newID(t)
		before := versionOf(t, there, owner)
		here.afterWrite(t.Context(), owner, nil)
		began := time.Now()
		for versionOf(t, there, owner) == before {
			if time.Since(began) > patience {
				t.Fatalf("an announcement has not arrived after %v", patience)
			}
			time.Sleep(100 * time.Microsecond)
		}
		slowest = max(slowest, time.Since(began))
	}
	t.Logf("the slowest of 100 announcements took %v", slowest)
}
