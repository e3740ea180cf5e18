package configs

import "testing"

// Only a development server without a real SMS sender has generous rate limits.
func TestGenerousRateLimits(t *testing.T) {
	for _, c := range []struct {
		set  environment
		want bool
	}{
		{environment{}, true},
		{environment{"DEBUG": "True"}, true},
		{environment{"RATE_LIMITS": "production"}, false},
		{twilioEnv, false},
		{hookEnv, false},
		{hookEnv.with(environment{"RATE_LIMITS": "production"}), false},
		{environment{"APP_ENV": "production"}, false},
		{environment{"APP_ENV": "production", "RATE_LIMITS": "production"}, false},
		{environment{"DEBUG": "False"}, false},
	} {
		got, _ := Load(c.set.get) // production needs more variables
		if got.HasGenerousRateLimits() != c.want {
			t.Errorf("with %q, HasGenerousRateLimits() = %v, want %v", c.set, !c.want, c.want)
		}
	}
}
