package boot

import (
	"crypto/rand"
	"log/slog"
	"os"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/web"
	"github.com/kuvaka-tech/parley/adapters/worker"
	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/app/export"
	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/app/profile"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// dependencies are the systems without which the process still works, such as Redis.
type dependencies []httpapi.Dependency

// useCases are the use cases that the HTTP API calls.
type useCases struct {
	fx.In

	Login     *login.Service
	Profile   *profile.Service
	Export    *export.Service
	Talk      *talk.Service
	Answers   *answer.Service
	Subscribe *subscribe.Service
}

// apiParams are the parameters of the HTTP API that are not use cases or ports.
type apiParams struct {
	fx.In

	Config       configs.Config
	Log          *slog.Logger
	Metrics      *metrics.Metrics
	PretendPages pretendPages
	Dependencies dependencies
	PublicKeys   publicKeys
}

func newAPI(u useCases, p allPorts, params apiParams) *httpapi.API {
	return httpapi.New(httpapi.Config{
		Login:           u.Login,
		Profile:         u.Profile,
		Export:          u.Export,
		Talk:            u.Talk,
		Answers:         u.Answers,
		Subscribe:       u.Subscribe,
		ReplyQueue:      p.ReplyQueue,
		Workers:         p.Workers,
		RoomVersions:    p.RoomVersions,
		OnRoomCache:     params.Metrics.RoomCache,
		Clock:           p.Clock,
		Log:             params.Log,
		Page:            web.New(),
		PretendPages:    params.PretendPages,
		Dependencies:    params.Dependencies,
		Production:      params.Config.Env == configs.Production,
		PublicKeys:      params.PublicKeys,
		FrontendOrigins: params.Config.FrontendOrigins(),
		HostNames:       params.Config.HostNames(),
		Rates:           requestLimiter(params.Config, p.Limiter),
		UserRequests:    params.Config.UserRequests,
		TrustedProxies:  params.Config.TrustedProxies,
		OnStream:        params.Metrics.Stream,
		OnRequest:       params.Metrics.Request,
	})
}

// requestLimiter returns the limiter of requests a second, or nil in development.
func requestLimiter(c configs.Config, limiter ports.Limiter) ports.Limiter {
	if !c.LimitsRequests {
		return nil
	}
	return limiter
}

// newWorker returns the worker. Its name is unique, also after a restart and when several
// processes run on one host.
func newWorker(s *answer.Service, p allPorts, c configs.Config, log *slog.Logger, m *metrics.Metrics) *worker.Worker {
	host, _ := os.Hostname()
	return worker.New(worker.Config{
		Name:        host + "-" + rand.Text()[:8],
		Answers:     s,
		Wakeups:     p.Wakeups,
		Workers:     p.Workers,
		Retention:   p.Retention,
		Clock:       p.Clock,
		Log:         log,
		MessageTTL:  c.MessageTTL,
		Concurrency: c.WorkerConcurrency,
		OnAttempt:   m.ReplyAttempt,
		OnChore:     m.Chore,
	})
}
