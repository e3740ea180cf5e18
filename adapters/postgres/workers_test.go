package postgres_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// The previous version of the program sends heartbeats without slots during a rolling deploy.
func TestHeartbeatsOfThePreviousVersionAreCounted(t *testing.T) {
	f := newFixture(t)
	until := noon.Add(time.Minute)
	for range 2 {
		f.exec(`INSERT INTO workers (name, until) VALUES ($1, $2)
			ON CONFLICT ON CONSTRAINT workers_pkey DO UPDATE SET until = excluded.until`, "old", until)
	}
	f.noError(f.Workers.Heartbeat(t.Context(), ports.Heartbeat{
		Worker:   "new",
		Until:    until,
		Slots:    4,
		Finished: 9,
	}))
	live, err := f.Workers.CountLive(t.Context(), noon)
	f.noError(err)
	capacity, err := f.Workers.Capacity(t.Context(), noon)
	f.noError(err)
	if want := (reply.Capacity{Slots: 4, Finished: 9, Unknown: 1}); live != 2 || capacity != want {
		t.Errorf("%d workers are live with the capacity %+v, want 2 with %+v", live, capacity, want)
	}
}
