package httpapi

import (
	"time"

	"github.com/kuvaka-tech/parley/app/export"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// exportView documents an export. The export has the members in this order.
type exportView struct {
	ExportedAt   time.Time            `json:"exported_at" example:"2026-01-05T20:48:00Z"`
	Account      exportedAccount      `json:"account"`
	Subscription exportedSubscription `json:"subscription"`
	Sessions     []exportedSession    `json:"sessions"`
	Devices      []exportedDevice     `json:"devices" doc:"Where a device_token is known."`
	DailyCounts  []exportedCount      `json:"daily_counts" doc:"The days of the last month with messages."`
	Chatrooms    []exportedRoom       `json:"chatrooms" doc:"Without deleted ones."`
	Complete     bool                 `json:"complete" doc:"True, and the last member. Missing if the response is cut."`
}

type exportedAccount struct {
	ID           string     `json:"id" example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
	MobileNumber string     `json:"mobile_number" example:"+1234567890"`
	Name         string     `json:"name" example:"Ada"`
	HasPassword  bool       `json:"has_password"`
	CreatedAt    time.Time  `json:"created_at" example:"2026-01-05T09:30:00Z"`
	ProvenAt     time.Time  `json:"proven_at" doc:"The first code of the number." example:"2026-01-05T09:30:00Z"`
	ProUntil     *time.Time `json:"pro_until,omitempty" nullable:"false" example:"2026-02-05T09:30:00Z"`
}

type exportedSubscription struct {
	Status            string     `json:"status" doc:"none without a subscription." example:"active"`
	CustomerID        string     `json:"customer_id,omitempty" example:"cus_9s6XKzkNRiz8i3"`
	SubscriptionID    string     `json:"subscription_id,omitempty" doc:"At the payments provider." example:"sub_1MowQV"`
	PeriodStart       *time.Time `json:"period_start,omitempty" nullable:"false" example:"2026-01-05T09:30:00Z"`
	PeriodEnd         *time.Time `json:"period_end,omitempty" nullable:"false" example:"2026-02-05T09:30:00Z"`
	EndedAt           *time.Time `json:"ended_at,omitempty" nullable:"false" example:"2026-02-05T09:30:00Z"`
	CancelAtPeriodEnd bool       `json:"cancel_at_period_end"`
}

type exportedSession struct {
	CreatedAt  time.Time `json:"created_at" example:"2026-01-05T09:30:00Z"`
	LastUsedAt time.Time `json:"last_used_at" example:"2026-01-05T20:48:00Z"`
	ExpiresAt  time.Time `json:"expires_at" example:"2026-02-04T20:48:00Z"`
	Device     string    `json:"device" example:"Firefox on Linux"`
}

type exportedDevice struct {
	LastLoginAt time.Time `json:"last_login_at" example:"2026-01-05T09:30:00Z"`
	ExpiresAt   time.Time `json:"expires_at" example:"2026-07-04T09:30:00Z"`
}

type exportedCount struct {
	Day      string `json:"day" format:"date" example:"2026-01-05"`
	Messages int    `json:"messages" doc:"That count." example:"4"`
	Refunded int    `json:"refunded" doc:"That do not count, because their replies failed." example:"1"`
}

// exportedRoom documents a room. The handler writes its fields, except Messages, with roomMembers.
type exportedRoom struct {
	roomMembers
	Messages []exportedMessage `json:"messages" doc:"The newest first."`
}

type roomMembers struct {
	ID           string    `json:"id" example:"01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"`
	Name         string    `json:"name" example:"AI Assistant Chat"`
	SystemPrompt string    `json:"system_prompt"`
	Summary      string    `json:"summary" doc:"Of the oldest messages, for the model."`
	CreatedAt    time.Time `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt    time.Time `json:"updated_at" example:"2026-01-05T20:48:00Z"`
}

type exportedMessage struct {
	ID         string            `json:"id" example:"01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a"`
	Content    messageText       `json:"content"`
	IsFromUser bool              `json:"is_from_user"`
	Status     string            `json:"status" example:"done"`
	InReplyTo  messageID         `json:"in_reply_to,omitempty"`
	Error      string            `json:"error,omitempty" doc:"The code of a failed reply." example:"llm_timeout"`
	CreatedAt  time.Time         `json:"created_at" example:"2026-01-05T09:30:00Z"`
	RevisedAt  *time.Time        `json:"revised_at,omitempty" nullable:"false" example:"2026-01-05T09:31:00Z"`
	Versions   []exportedVersion `json:"versions,omitempty" nullable:"false" doc:"Earlier texts, the oldest first."`
}

type exportedVersion struct {
	Content   messageText `json:"content"`
	Status    string      `json:"status" example:"done"`
	CreatedAt time.Time   `json:"created_at" example:"2026-01-05T09:30:00Z"`
}

func newExportedAccount(u user.User) exportedAccount {
	return exportedAccount{
		ID:           string(u.ID),
		MobileNumber: u.Number.String(),
		Name:         u.Name,
		HasPassword:  u.PasswordHash != "",
		CreatedAt:    u.Created,
		ProvenAt:     u.Proven,
		ProUntil:     timeOrNil(u.ProUntil),
	}
}

func newExportedSubscription(r subscription.Record) exportedSubscription {
	s := r.Snapshot
	if s.Status == "" {
		s.Status = subscription.None
	}
	return exportedSubscription{
		Status:            string(s.Status),
		CustomerID:        r.Customer,
		SubscriptionID:    s.ID,
		PeriodStart:       timeOrNil(s.PeriodStart),
		PeriodEnd:         timeOrNil(s.PeriodEnd),
		EndedAt:           timeOrNil(s.Ended),
		CancelAtPeriodEnd: s.CancelAtPeriodEnd,
	}
}

func newExportedSession(s session.Session) exportedSession {
	return exportedSession{
		CreatedAt:  s.Opened,
		LastUsedAt: s.LastUsed,
		ExpiresAt:  s.Expires,
		Device:     s.DeviceName,
	}
}

func newExportedDevice(d ports.DeviceRecord) exportedDevice {
	return exportedDevice{LastLoginAt: d.Expires.Add(-session.DeviceTTL), ExpiresAt: d.Expires}
}

func newExportedCount(c ports.CountRecord) exportedCount {
	day := c.Day.End().AddDate(0, 0, -1).Format(time.DateOnly)
	return exportedCount{Day: day, Messages: c.Used, Refunded: c.Refunded}
}

func newRoomMembers(r export.Room) roomMembers {
	return roomMembers{
		ID:           string(r.ID),
		Name:         r.Name,
		SystemPrompt: r.SystemPrompt,
		Summary:      r.Summary,
		CreatedAt:    r.Created,
		UpdatedAt:    r.Updated,
	}
}

func newExportedMessage(m export.Message) exportedMessage {
	out := exportedMessage{
		ID:         string(m.ID),
		Content:    messageText(m.Content),
		IsFromUser: m.FromUser,
		Status:     string(m.Status),
		InReplyTo:  messageID(m.InReplyTo),
		Error:      m.Error,
		CreatedAt:  m.Created,
		RevisedAt:  timeOrNil(m.Revised),
	}
	for _, v := range m.Earlier {
		out.Versions = append(out.Versions, newExportedVersion(v))
	}
	return out
}

func newExportedVersion(v chat.Version) exportedVersion {
	return exportedVersion{Content: messageText(v.Content), Status: string(v.Status), CreatedAt: v.Created}
}

// timeOrNil returns nil for the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
