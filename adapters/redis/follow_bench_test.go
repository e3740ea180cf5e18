package redis

import (
	"log/slog"
	"os"
	"runtime"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// BenchmarkFollowers starts 10,000 followers of different rooms and waits until each has
// received an event. It reports the memory per follower, with its goroutine.
func BenchmarkFollowers(b *testing.B) {
	const n = 10_000
	client, err := Open(os.Getenv("TEST_REDIS_URL"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Skip("NOT RUN: TEST_REDIS_URL is not set, or not a Redis URL")
	}
	defer client.Close()
	subscriber := NewSubscriber(client)
	defer subscriber.Close()
	l := NewLive(client, "bench", subscriber)
	rooms := make([]id.ID, n)
	for i := range rooms {
		rooms[i] = newID(b)
		if err := l.Announce(b.Context(), chat.Announcement{Room: rooms[i], Rev: 1}); err != nil {
			b.Fatalf("announcing: %v", err)
		}
	}
	for b.Loop() {
		before := memoryInUse()
		f := startFollowers(b.Context(), l, rooms)
		for range rooms {
			if err := <-f.results; err != nil {
				b.Fatalf("a follower failed: %v", err)
			}
		}
		b.ReportMetric(float64(memoryInUse()-before)/n, "B/follower")
		f.stop()
	}
}

// memoryInUse returns the bytes of heap and stacks in use after a garbage collection.
func memoryInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
