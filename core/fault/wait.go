package fault

import (
	"fmt"
	"time"
)

// WaitText returns a time to wait in words, for people: "42 seconds", "5 minutes" or "3 hours and
// 12 minutes". It rounds up, so that nobody tries again too early, and has seconds up to 2 minutes.
func WaitText(wait time.Duration) string {
	if wait <= 2*time.Minute {
		return count(max(1, units(wait, time.Second)), "second")
	}
	minutes := units(wait, time.Minute)
	hours := minutes / 60
	minutes %= 60
	switch {
	case hours == 0:
		return count(minutes, "minute")
	case minutes == 0:
		return count(hours, "hour")
	}
	return count(hours, "hour") + " and " + count(minutes, "minute")
}

// units returns how many units wait has, rounded up.
func units(wait, unit time.Duration) int { return int((wait + unit - 1) / unit) }

// count returns a number with its unit: "1 hour", "2 hours".
func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
