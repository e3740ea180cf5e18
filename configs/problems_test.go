package configs

import (
	"errors"
	"testing"
)

func TestJoinProblemsSortsTheLines(t *testing.T) {
	b := errors.Join(problem("B", "must be set"), problem("A", "must be a port"))
	err := JoinProblems(b, nil, problem("A", "must be set"), problem("B", "must be set"))
	const want = "A: must be a port\nA: must be set\nB: must be set"
	if err == nil || err.Error() != want {
		t.Errorf("JoinProblems returned %v, want the lines %q", err, want)
	}
	if err := JoinProblems(nil, nil); err != nil {
		t.Errorf("without problems, JoinProblems returned %v, want nil", err)
	}
}

// A variable that is missing because of another missing one is reported with it, and not at the
// next start.
func TestAMissingVariableDoesNotHideAnother(t *testing.T) {
	for name, c := range map[string]struct {
		set  environment
		want []string
	}{
		"NATS needs Redis, which needs a database": {
			environment{"NATS_URL": "nats://queue"}, []string{"DATABASE_URL", "REDIS_URL"},
		},
		"a malformed URL of NATS": {
			environment{"NATS_URL": "canary"}, []string{"DATABASE_URL", "NATS_URL", "REDIS_URL"},
		},
		"a password of Redis needs its host": {
			environment{"REDIS_PASSWORD": "canary"}, []string{"DATABASE_URL", "REDIS_HOST"},
		},
		"a database number of Redis needs its host": {
			environment{"REDIS_DB": "1"}, []string{"DATABASE_URL", "REDIS_HOST"},
		},
		"a malformed port listens on all addresses": {
			environment{"PORT": "canary"}, []string{"APP_ENV", "PORT"},
		},
		"a malformed base URL needs a model": {
			environment{"OPENAI_BASE_URL": "canary"}, []string{"OPENAI_BASE_URL", "OPENAI_MODEL"},
		},
		"a hook without its variables": {
			environment{"SMS_SENDERS": "hook"}, []string{"SMS_HOOK_SECRET", "SMS_HOOK_URL"},
		},
	} {
		t.Run(name, func(t *testing.T) { c.set.wantProblems(t, c.want...) })
	}
}
