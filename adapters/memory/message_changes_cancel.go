package memory

import (
	"context"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Cancel implements ports.MessageChanges.
func (s MessageChanges) Cancel(ctx context.Context, c ports.Cancel) (ports.Cancelled, error) {
	r, unlock, err := s.lockRoom(ctx, c.Owner, c.Room)
	if err != nil {
		return ports.Cancelled{}, err
	}
	defer unlock()
	m, err := r.get(c.Reply)
	if err != nil {
		return ports.Cancelled{}, err
	}
	s.changeCount(unitOf(m), func(day *quota.Count) { err = m.Cancel(day, c.RefundLimit) })
	if err != nil {
		return ports.Cancelled{}, err
	}
	if m.Status.Final() {
		s.bump(r, m)
		s.removeUnfinished(r, m)
	}
	cancelled := ports.Cancelled{
		Reply:   m.Message,
		Fence:   m.Fence,
		Expired: m.Status == chat.Running && m.Claimable(c.Now),
	}
	if next := reply.NextInRoom(r.unfinished, c.Now); next != nil && m.Status.Final() {
		cancelled.Next = next.ID
	}
	return cancelled, nil
}

// Versions implements ports.MessageChanges.
func (s MessageChanges) Versions(ctx context.Context, q chat.VersionQuery) (chat.VersionPage, error) {
	r, unlock, err := s.lockRoom(ctx, q.Owner, q.Room)
	if err != nil {
		return chat.VersionPage{}, err
	}
	defer unlock()
	if _, err := r.get(q.Message); err != nil {
		return chat.VersionPage{}, err
	}
	all := r.versions[q.Message]
	page := chat.NewVersionPage(all[min(q.After, int64(len(all))):], q.Limit)
	page.Versions = slices.Clone(page.Versions)
	return page, nil
}
