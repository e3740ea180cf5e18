package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// repairScan examines a table page by page, and starts again after the last page.
type repairScan struct {
	find  statement[pageOfQueue]
	limit int

	mu    sync.Mutex
	after id.ID // the last row of the page before, "" for the first page
}

// next returns the owners in the next page whose turn or heads are wrong.
func (s *repairScan) next(ctx context.Context, q queryer, now time.Time) (owners []id.ID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []struct{ Last, Owner id.ID }
	after := s.after
	if after == "" {
		after = zeroID
	}
	if err := s.find.selectAll(ctx, q, &rows, pageOfQueue{Now: now, After: after, Limit: s.limit}); err != nil {
		return nil, err
	}
	s.after = ""
	for _, row := range rows {
		s.after = row.Last
		if row.Owner != "" {
			owners = append(owners, row.Owner)
		}
	}
	return owners, nil
}

// repairTimes knows when a repair began last.
type repairTimes struct {
	mu   sync.Mutex
	last time.Time
}

// begin reports whether a repair is due, and counts it as begun. Claims refresh the queue more
// often than once a second. So a repair must not wait until the queue is old.
func (t *repairTimes) begin(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.last).Abs() < time.Second {
		return false
	}
	t.last = now
	return true
}
