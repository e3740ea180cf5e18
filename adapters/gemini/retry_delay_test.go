package gemini

import "testing"

func FuzzRetryDelay(f *testing.F) {
	const retryInfo = "type.googleapis.com/google.rpc.RetryInfo"
	for _, delay := range []string{"", "34.074824224s", "0s", "-3s", "s", "315576000000s", "1h", "1e9s"} {
		f.Add(retryInfo, delay)
	}
	f.Fuzz(func(t *testing.T, typeURL, delay string) {
		d := retryDelay([]map[string]any{nil, {"@type": typeURL, "retryDelay": delay}})
		if d < 0 || d > 0 && typeURL != retryInfo {
			t.Errorf("retryDelay = %s for %q of type %q, want a wait only from RetryInfo", d, delay, typeURL)
		}
	})
}
