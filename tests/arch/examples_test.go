package arch_test

import (
	"maps"
	"slices"
	"testing"
)

// brokenExamples are, for each rule, files that break this rule and no other one.
var brokenExamples = map[string][]file{
	"core imports only the standard library": {
		{"core/id/id.go", "id", []string{"github.com/google/uuid"}},
		{"core/chat/chat.go", "chat", []string{"./ports"}},
		{"core/chat/chat.go", "chat", []string{"./corelib"}},
	},
	"core imports no package for I/O, contexts, randomness, JSON or logs": {
		{"core/chat/chat.go", "chat", []string{"context"}},
		{"core/chat/chat.go", "chat", []string{"net/http"}},
		{"core/chat/chat.go", "chat", []string{"os/exec"}},
		{"core/chat/chat.go", "chat", []string{"database/sql/driver"}},
		{"core/chat/chat.go", "chat", []string{"encoding/json"}},
		{"core/chat/chat.go", "chat", []string{"crypto/rand"}},
		{"core/chat/chat.go", "chat", []string{"log/slog"}},
		{"core/phone/phone.go", "phone", []string{"log"}},
	},
	"ports import only core and the standard library": {
		{"ports/payments.go", "ports", []string{"github.com/stripe/stripe-go/v76"}},
		{"ports/payments.go", "ports", []string{"./app/subscribe"}},
		{"ports/payments.go", "ports", []string{"./adapters/internal/httpclient"}},
	},
	"portstest imports no adapter": {
		{"ports/portstest/users.go", "portstest", []string{"./adapters/memory"}},
		{"ports/portstest/users_test.go", "portstest_test", []string{"./app/login"}},
	},
	"app imports only core, ports and the standard library": {
		{"app/login/login.go", "login", []string{"github.com/golang-jwt/jwt/v5"}},
		{"app/login/login.go", "login", []string{"./adapters/memory"}},
		{"app/login/login.go", "login", []string{"./configs"}},
		{"app/login/login.go", "login", []string{"./app/talk"}},
	},
	"an adapter imports no other adapter": {
		{"adapters/postgres/users.go", "postgres", []string{"./adapters/memory"}},
		{"adapters/redis/live/live.go", "live", []string{"./adapters/redistore"}},
	},
	"adapters/internal imports no adapter, app, configs or cmd": {
		{"adapters/internal/httpclient/httpclient.go", "httpclient", []string{"./adapters/openai"}},
		{"adapters/internal/batch/batch.go", "batch", []string{"./app/talk"}},
		{"adapters/internal/batch/batch.go", "batch", []string{"./configs"}},
		{"adapters/internal/llmtest/server.go", "llmtest", []string{"./adapters/fake"}},
	},
	"adapters import neither configs nor cmd": {
		{"adapters/postgres/open.go", "postgres", []string{"./configs"}},
	},
	"only driving adapters import app": {
		{"adapters/postgres/users.go", "postgres", []string{"./app/login"}},
		{"adapters/workers/workers.go", "workers", []string{"./app/talk"}},
	},
	"only cmd imports fx": {
		{"configs/module.go", "configs", []string{"go.uber.org/fx"}},
		{"adapters/httpapi/api.go", "httpapi", []string{"go.uber.org/fx/fxevent"}},
		{"tests/flow/flow_test.go", "flow_test", []string{"go.uber.org/dig"}},
	},
	"only cmd and tests import cmd": {
		{"adapters/httpapi/api_test.go", "httpapi_test", []string{"./cmd/parley/boot"}},
		{"migrations/run_test.go", "migrations", []string{"./cmd/parley"}},
	},
	"only tests import packages for tests": {
		{"cmd/parley/main.go", "main", []string{"./ports/portstest"}},
		{"cmd/parley/main.go", "main", []string{"./tests/client"}},
		{"adapters/openai/openai.go", "openai", []string{"./adapters/internal/llmtest"}},
		{"adapters/twilio/twilio.go", "twilio", []string{"./adapters/internal/smstest"}},
		{"adapters/internal/httpclient/httpclient.go", "httpclient", []string{"./adapters/internal/smstest"}},
	},
	"configs import only core and ports": {
		{"configs/configs.go", "configs", []string{"./adapters/gemini"}},
		{"configs/configs.go", "configs", []string{"./app/talk"}},
	},
	"migrations import no other package of the module": {
		{"migrations/migrations.go", "migrations", []string{"./core/chat"}},
	},
	"math/rand is not used": {
		{"adapters/worker/worker.go", "worker", []string{"math/rand/v2"}},
		{"cmd/parley/main.go", "main", []string{"math/rand"}},
	},
	"the top level contains only the known files and folders": {
		{"pkg.go", "parley", nil},
		{"scripts/build.sh", "", nil},
		{"internal/id/id.go", "id", []string{"time"}},
		{"CONTRIBUTING.md", "", nil},
	},
	"a package name says what the package contains": {
		{"adapters/httpapi/dto/user.go", "dto", nil},
		{"core/util/strings.go", "text", nil},
		{"core/text/text_test.go", "helpers_test", nil},
		{"app/common/common.go", "login", nil},
		{"ports/user.go", "models", nil},
	},
}

// allowedExamples are files that break no rule.
var allowedExamples = []file{
	{"core/phone/phone.go", "phone", []string{"log/slog", "strings", "./core/fault"}},
	{"core/id/id_test.go", "id_test", []string{"crypto/rand", "context", "pgregory.net/rapid"}},
	{"ports/users.go", "ports", []string{"context", "iter", "./core/user"}},
	{"ports/portstest/users.go", "portstest", []string{"math/rand/v2", "./ports", "./core/user", "pgregory.net/rapid"}},
	{"app/login/login.go", "login", []string{"context", "./ports", "./core/user"}},
	{"app/login/login_test.go", "login_test", []string{"./adapters/memory", "math/rand/v2"}},
	{"adapters/httpapi/api.go", "httpapi", []string{"./app/talk", "./ports", "github.com/go-chi/chi/v5"}},
	{"adapters/worker/worker.go", "worker", []string{"./app/talk"}},
	{"adapters/twilio/twilio.go", "twilio", []string{"./adapters/internal/httpclient"}},
	{"adapters/twilio/twilio_test.go", "twilio_test", []string{"./adapters/internal/smstest"}},
	{"adapters/internal/llmtest/suite.go", "llmtest", []string{"./ports/portstest", "./ports", "./core/reply"}},
	{"adapters/internal/llmtest/server.go", "llmtest", []string{"./adapters/internal/httpclient"}},
	{"adapters/internal/batch/batch_test.go", "batch_test", []string{"./adapters/memory"}},
	{"adapters/stripe/stripetest/server.go", "stripetest", []string{"./adapters/stripe"}},
	{"adapters/redis/live/live.go", "live", []string{"./adapters/redis", "./adapters/redis/scripts", "crypto/rand"}},
	{"adapters/memory/users_test.go", "memory_test", []string{"./ports/portstest", "./adapters/system"}},
	{"adapters/postgres/open.go", "postgres", []string{"./migrations"}},
	{"cmd/parley/boot/base.go", "boot", []string{"go.uber.org/fx", "./adapters/memory", "./configs", "math/rand/v2"}},
	{"cmd/parley/main.go", "main", []string{"./cmd/parley/boot"}},
	{"tests/flow/tour_test.go", "flow_test", []string{"./cmd/parley/boot", "./tests/client"}},
	{"tests/client/client.go", "client", []string{"net/http", "math/rand/v2"}},
	{"migrations/migrations.go", "migrations", []string{"embed"}},
	{"configs/configs.go", "configs", []string{"./core/quota", "github.com/caarlos0/env/v11"}},
	{"README.md", "", nil},
	{".ci/run", "", nil},
}

func TestExamples(t *testing.T) {
	for _, r := range rules {
		if len(brokenExamples[r.name]) == 0 || r.reason == "" {
			t.Errorf("the rule %q needs a reason and an example that breaks it", r.name)
		}
		for _, f := range brokenExamples[r.name] {
			if got := brokenRules(f); !slices.Equal(got, []string{r.name}) {
				t.Errorf("%+v\n\tbreaks the rules %q\n\twant only        %q", f, got, r.name)
			}
		}
	}
	for _, f := range allowedExamples {
		if got := brokenRules(f); len(got) != 0 {
			t.Errorf("%+v breaks the rules %q, want none", f, got)
		}
	}
	if len(brokenExamples) != len(rules) {
		t.Errorf("%d rules, but examples for %q", len(rules), slices.Sorted(maps.Keys(brokenExamples)))
	}
}

// brokenRules returns the names of the rules that a file breaks.
func brokenRules(f file) (names []string) {
	for _, r := range rules {
		if len(r.violations(f)) > 0 {
			names = append(names, r.name)
		}
	}
	return names
}
