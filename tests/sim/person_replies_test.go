package sim

import (
	"net/http"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// sayAndCancel sends a message and cancels its reply a moment later, sometimes twice.
func (u *person) sayAndCancel() {
	s, ok := u.say(u.someRoom())
	if !ok {
		return
	}
	time.Sleep(time.Duration(u.rng.Int64N(int64(6 * time.Second))))
	for range 1 + u.rng.IntN(2) {
		u.cancel(s)
	}
}

// cancelAny cancels a reply that may have ended long ago.
func (u *person) cancelAny() {
	if s, ok := u.lastSaid(); ok {
		u.cancel(s)
	}
}

// cancel cancels a reply.
func (u *person) cancel(s said) {
	a, ok := u.insist(http.MethodPost, s.path(s.reply)+"/cancel", nil)
	switch {
	case !ok || s.room.isMissing(a):
	case a.Status == http.StatusAccepted && a.Field("id") == s.reply:
		u.w.count("cancels")
	case a.Status == http.StatusConflict && a.Field("code") == "not_cancellable":
	default:
		u.w.violate("cancel: status %d %s", a.Status, a.Body)
	}
}

// wait long-polls for the reply to the last message.
func (u *person) wait() {
	s, ok := u.lastSaid()
	if !ok {
		return
	}
	a, ok := u.insist(http.MethodGet, s.path(s.reply)+"?wait=30", nil)
	if ok && a.Status != http.StatusOK && !s.room.isMissing(a) {
		u.w.violate("wait: status %d %s", a.Status, a.Body)
	}
}

// showVersions lists the earlier texts of a prompt and of its reply.
func (u *person) showVersions() {
	s, ok := u.lastSaid()
	if !ok {
		return
	}
	x, _ := u.w.exchangeOf(id.ID(s.prompt))
	u.checkVersions(s, s.prompt, x.earlierTexts)
	u.checkVersions(s, s.reply, x.earlierReplies)
}

func (u *person) checkVersions(s said, message string, want []string) {
	a, ok := u.insist(http.MethodGet, s.path(message)+"/versions", nil)
	if !ok || s.room.isMissing(a) {
		return
	}
	var versions []struct{ Content, Status string }
	if err := a.Decode(&versions); err != nil || a.Status != http.StatusOK {
		u.w.violate("versions: status %d %s", a.Status, a.Body)
		return
	}
	var got []string
	for _, v := range versions {
		got = append(got, v.Content)
	}
	if !slices.Equal(got, want) {
		u.w.violate("a message has the versions %q, want %q", got, want)
	}
}
