package arch_test

import (
	"maps"
	"slices"
	"testing"
)

// wrong holds, for every rule, files of a made-up tree that break it and no other one.
var wrong = map[string][]file{
	"core imports only the standard library": {
		{"core/id/id.go", "id", []string{"github.com/google/uuid"}},
		{"core/chat/chat.go", "chat", []string{"./ports"}},
		{"core/chat/chat.go", "chat", []string{"./corelib"}},
	},
	"core does no I/O and has no context, clock, randomness or JSON": {
		{"core/chat/chat.go", "chat", []string{"context"}},
		{"core/chat/chat.go", "chat", []string{"net/http"}},
		{"core/chat/chat.go", "chat", []string{"os/exec"}},
		{"core/chat/chat.go", "chat", []string{"database/sql/driver"}},
		{"core/chat/chat.go", "chat", []string{"encoding/json"}},
		{"core/chat/chat.go", "chat", []string{"crypto/rand"}},
		{"core/chat/chat.go", "chat", []string{"log/slog"}},
		{"core/phone/phone.go", "phone", []string{"log"}},
	},
	"ports import core and the standard library": {
		{"ports/payments.go", "ports", []string{"github.com/stripe/stripe-go/v76"}},
		{"ports/payments.go", "ports", []string{"./app/subscribe"}},
		{"ports/outgoing/outgoing.go", "outgoing", []string{"github.com/twilio/twilio-go"}},
	},
	"contracts know no adapter": {
		{"ports/portstest/users.go", "portstest", []string{"./adapters/memory"}},
		{"ports/portstest/users_test.go", "portstest_test", []string{"./app/login"}},
	},
	"app imports core, ports and the standard library": {
		{"app/login/login.go", "login", []string{"github.com/golang-jwt/jwt/v5"}},
		{"app/login/login.go", "login", []string{"./adapters/memory"}},
		{"app/login/login.go", "login", []string{"./configs"}},
		{"app/login/login.go", "login", []string{"./app/talk"}},
	},
	"adapters know no other adapter": {
		{"adapters/postgres/users.go", "postgres", []string{"./adapters/memory"}},
		{"adapters/redis/live/live.go", "live", []string{"./adapters/redistore"}},
	},
	"adapters know neither configs nor what starts them": {
		{"adapters/postgres/open.go", "postgres", []string{"./configs"}},
	},
	"only driving adapters call app": {
		{"adapters/postgres/users.go", "postgres", []string{"./app/login"}},
		{"adapters/workers/workers.go", "workers", []string{"./app/talk"}},
	},
	"fx stays under cmd": {
		{"configs/module.go", "configs", []string{"go.uber.org/fx"}},
		{"adapters/httpapi/api.go", "httpapi", []string{"go.uber.org/fx/fxevent"}},
		{"tests/flow/flow_test.go", "flow_test", []string{"go.uber.org/dig"}},
	},
	"only cmd and tests import cmd": {
		{"adapters/httpapi/api_test.go", "httpapi_test", []string{"./cmd/parley/boot"}},
		{"migrations/run_test.go", "migrations", []string{"./cmd/parley"}},
	},
	"only tests import contracts and tests": {
		{"cmd/parley/main.go", "main", []string{"./ports/portstest"}},
		{"cmd/parley/main.go", "main", []string{"./tests/client"}},
	},
	"configs know core and ports at most": {
		{"configs/configs.go", "configs", []string{"./adapters/gemini"}},
		{"configs/configs.go", "configs", []string{"./app/talk"}},
	},
	"migrations know nothing of the program": {
		{"migrations/migrations.go", "migrations", []string{"./core/chat"}},
	},
	"math/rand stays out": {
		{"adapters/worker/worker.go", "worker", []string{"math/rand/v2"}},
		{"cmd/parley/main.go", "main", []string{"math/rand"}},
	},
	"the top level is fixed": {
		{"pkg.go", "parley", nil},
		{"scripts/build.sh", "", nil},
		{"internal/id/id.go", "id", []string{"time"}},
		{"CONTRIBUTING.md", "", nil},
	},
	"packages are named for what they hold": {
		{"adapters/httpapi/dto/user.go", "dto", nil},
		{"core/util/strings.go", "text", nil},
		{"core/text/text_test.go", "helpers_test", nil},
		{"app/common/common.go", "login", nil},
		{"ports/user.go", "models", nil},
	},
}

// right holds what must stay allowed.
var right = []file{
	{"core/phone/phone.go", "phone", []string{"log/slog", "strings", "./core/fault"}},
	{"core/id/id_test.go", "id_test", []string{"crypto/rand", "context", "pgregory.net/rapid"}},
	{"ports/users.go", "ports", []string{"context", "iter", "./core/user"}},
	{"ports/portstest/users.go", "portstest", []string{"math/rand/v2", "./ports", "./core/user", "pgregory.net/rapid"}},
	{"app/login/login.go", "login", []string{"context", "./ports", "./core/user"}},
	{"app/login/login_test.go", "login_test", []string{"./adapters/memory", "math/rand/v2"}},
	{"adapters/httpapi/api.go", "httpapi", []string{"./app/talk", "./ports", "github.com/go-chi/chi/v5"}},
	{"adapters/worker/worker.go", "worker", []string{"./app/talk"}},
	{"adapters/twilio/twilio.go", "twilio", []string{"./ports/outgoing"}},
	{"adapters/redis/live/live.go", "live", []string{"./adapters/redis", "./adapters/redis/scripts", "crypto/rand"}},
	{"adapters/memory/users_test.go", "memory_test", []string{"./ports/portstest", "./adapters/system"}},
	{"adapters/postgres/open.go", "postgres", []string{"./migrations"}},
	{"cmd/parley/boot/core.go", "boot", []string{"go.uber.org/fx", "./adapters/memory", "./configs", "math/rand/v2"}},
	{"cmd/parley/main.go", "main", []string{"./cmd/parley/boot"}},
	{"tests/flow/walk_test.go", "flow_test", []string{"./cmd/parley/boot", "./tests/client"}},
	{"tests/client/client.go", "client", []string{"net/http", "math/rand/v2"}},
	{"migrations/migrations.go", "migrations", []string{"embed"}},
	{"configs/configs.go", "configs", []string{"./core/quota", "github.com/caarlos0/env/v11"}},
	{"README.md", "", nil},
	{".ci/run", "", nil},
}

func TestRulesCanFail(t *testing.T) {
	for _, r := range rules {
		if len(wrong[r.name]) == 0 || r.why == "" {
			t.Errorf("no file is known that breaks %q, or no reason for it", r.name)
		}
		for _, f := range wrong[r.name] {
			if got := broken(f); !slices.Equal(got, []string{r.name}) {
				t.Errorf("%+v\n\tbreaks %q\n\twant   %q", f, got, r.name)
			}
		}
	}
	for _, f := range right {
		if got := broken(f); len(got) != 0 {
			t.Errorf("%+v breaks %q", f, got)
		}
	}
	if len(wrong) != len(rules) {
		t.Errorf("%d rules, and examples for %q", len(rules), slices.Sorted(maps.Keys(wrong)))
	}
}

// broken names the rules that a file breaks.
func broken(f file) (names []string) {
	for _, r := range rules {
		if len(r.breaks(f)) > 0 {
			names = append(names, r.name)
		}
	}
	return names
}
