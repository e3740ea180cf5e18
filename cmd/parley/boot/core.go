package boot

import (
	"crypto/rand"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"os"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/argon2id"
	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/adapters/token"
	"github.com/kuvaka-tech/parley/adapters/worker"
	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/app/profile"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// hashes is how many passwords are hashed at once: each takes 19 MiB.
const hashes = 2

// core is what is the same whatever the configuration chooses.
func core() fx.Option {
	return fx.Provide(
		newLog, newSecrets, newServer, newAPI, newWorker, newReconciler,
		func() io.Reader { return rand.Reader },
		func() ports.Clock { return system.Clock{} },
		func(random io.Reader) ports.Hasher { return argon2id.New(random, hashes) },
		func(c configs.Config, s secrets) (ports.Tokens, error) {
			return token.New(token.Config{Keys: s, Algorithm: c.Algorithm})
		},
		func(c configs.Config, s secrets, a admits) login.Policy {
			return login.Policy{TokenLife: c.TokenLife, OTPKeys: otp.NewKeys(s), EchoCode: c.Env == configs.Development && !c.SendsSMS(), Admits: a,
				Ending: c.SMSEnding, Tests: c.SMSTests}
		},
		func(c configs.Config) subscription.Plans { return c.Plans },
		newBreaker, login.New, profile.New, talk.New,
		func(p ports.Payments, w ports.Webhooks, s ports.Subscriptions, l ports.Ledger, u ports.Usage, limiter ports.Limiter, clock ports.Clock, plans subscription.Plans, srv *server) *subscribe.Subscribe {
			return subscribe.New(p, w, s, l, u, limiter, clock, plans, srv.returnPages)
		},
		func(w ports.Work, m ports.Messages, l ports.Live, model ports.LLM, q ports.Queue, s ports.Spend, clock ports.Clock, c configs.Config) *talk.Answers {
			return talk.NewAnswers(w, m, l, model, q, s, clock, mathrand.Float64, talk.Voice{System: c.SystemText, Budget: c.HistoryTokens}, c.UserConcurrency)
		},
	)
}

// newLog is the first part that is made and the last that is stopped.
func newLog(lc fx.Lifecycle, c configs.Config) *slog.Logger {
	out := system.NewOutput(os.Stderr)
	lc.Append(fx.StopHook(out.Flush))
	if c.LogsJSON() {
		return slog.New(slog.NewJSONHandler(out, nil))
	}
	return slog.New(slog.NewTextHandler(out, nil))
}

// secrets are the keys, the current one first.
type secrets [][]byte

// newSecrets makes a random key where development has none: tokens then end with the process.
func newSecrets(c configs.Config, random io.Reader) (secrets, error) {
	if len(c.SecretKeys) > 0 {
		return c.SecretKeys, nil
	}
	key := make([]byte, 32)
	_, err := io.ReadFull(random, key)
	return secrets{key}, err
}

// dependencies are what the process can do without for a while.
type dependencies []httpapi.Dependency

func newAPI(l *login.Login, p *profile.Profile, t *talk.Talk, s *subscribe.Subscribe, work ports.Work, workers ports.Workers,
	clock ports.Clock, log *slog.Logger, c configs.Config, shop pages, needs dependencies, m *metrics.Metrics) *httpapi.API {
	return httpapi.New(l, p, t, s, work, workers, clock, log, httpapi.Options{
		Production: c.Env == configs.Production, Origin: c.Origin(), TrustedProxies: c.TrustedProxies,
		Dependencies: needs, Observe: m.Request,
	}, shop)
}

// newBreaker refuses messages once LLM_DAILY_TOKENS are spent, and says so in the log.
func newBreaker(s ports.Spend, c configs.Config, log *slog.Logger) *talk.Breaker {
	return talk.NewBreaker(s, c.DailyTokens, func(isOpen bool, tokens int64) {
		if isOpen {
			log.Error("the day's tokens are spent: messages are refused until the next UTC day (LLM_DAILY_TOKENS)", "tokens", tokens, "limit", int64(c.DailyTokens))
			return
		}
		log.Info("messages are taken again: a new day has its tokens (LLM_DAILY_TOKENS)")
	})
}

func newWorker(a *talk.Answers, q ports.Queue, w ports.Workers, r ports.Retention, clock ports.Clock, log *slog.Logger, c configs.Config, m *metrics.Metrics) *worker.Worker {
	name, _ := os.Hostname()
	return worker.New(name+"-"+rand.Text()[:8], a, q, w, r, clock, log, m.Attempt, c.Concurrency)
}
