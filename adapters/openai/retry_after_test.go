package openai

import (
	"net/http"
	"strings"
	"testing"
)

func FuzzRetryAfter(f *testing.F) {
	const date = "Sun, 01 Mar 2026 12:00:00 GMT"
	for _, value := range []string{"", "0", "120", "-1", "+5", "1e3", "99999999999999999999", date} {
		f.Add(value, "", "Sun, 01 Mar 2026 11:00:00 GMT")
		f.Add("7", value, "")
	}
	f.Fuzz(func(t *testing.T, seconds, milliseconds, date string) {
		d := retryAfter(http.Header{"Retry-After": {seconds}, "Retry-After-Ms": {milliseconds}, "Date": {date}})
		if d < 0 {
			t.Errorf("retryAfter = %s, want no negative wait", d)
		}
		digits := strings.Trim(milliseconds, "0123456789") == ""
		if digits && strings.Trim(milliseconds, "0") != "" && d == 0 {
			t.Errorf("retryAfter = 0 for %q ms, want a wait for a positive number", milliseconds)
		}
	})
}
