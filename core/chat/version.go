package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// Version is an earlier text of a message: what a prompt said before an edit, or what a
// reply said before its user asked again.
type Version struct {
	Content string // not empty
	Status  Status
	Created time.Time // when the user sent the prompt with this text, or asked for this reply
}

// VersionQuery selects the versions of a message, the oldest first.
type VersionQuery struct {
	Owner, Room, Message id.ID
	After                int64 // selects the versions after the first After ones
	Limit                int   // the maximum number of versions
}

// VersionPage is the result of a VersionQuery. PageBytes limits it.
type VersionPage struct {
	Versions []Version
	More     bool // whether more versions follow
}

// NewVersionPage returns the first page of a list of versions, with at most limit of them.
func NewVersionPage(list []Version, limit int) VersionPage {
	n := min(limit, Fitting(lengths(list, Version.contentBytes)))
	return VersionPage{Versions: list[:n], More: n < len(list)}
}

// contentBytes is the length of the text.
func (v Version) contentBytes() int { return len(v.Content) }

// ErrNotEditable means that a message is not the last prompt of its room, or that its reply
// is not final.
var ErrNotEditable = fault.New(fault.Conflict, "not_editable",
	"Only the last message that you sent can be edited, and only after its reply has ended.")

// TakeVersion returns the current text as a version and counts it in m.Versions. It returns
// false for a message without text, which leaves no version. The caller then changes the
// message and sets m.Revised.
func (m *Message) TakeVersion() (v Version, ok bool) {
	if m.Content == "" {
		return Version{}, false
	}
	m.Versions++
	created := m.Created
	if !m.Revised.IsZero() {
		created = m.Revised
	}
	return Version{Content: m.Content, Status: m.Status, Created: created}, true
}

// Edit replaces the text of a prompt at now. It returns the old text.
func (m *Message) Edit(text string, now time.Time) Version {
	v, _ := m.TakeVersion() // a prompt is never empty
	m.Content = text
	m.Revised = now
	return v
}
