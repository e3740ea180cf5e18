package boot

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"
	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/adapters/watermill"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// natsPrefix is the start of the names of all streams and subjects in NATS.
const natsPrefix = "parley"

// natsWakeups implements the wake-ups with NATS. Redis has the rest of what processes share.
func natsWakeups() fx.Option {
	return fx.Provide(
		openRedis,
		openNATS,
		newNATSWakeups,
		func(w *watermill.Wakeups) ports.Wakeups { return w },
		natsDependencies,
	)
}

// openNATS opens the connection for the wake-ups. It fails when NATS rejects the login,
// because only an operator can fix that. An unavailable NATS does not prevent the start.
func openNATS(lc fx.Lifecycle, c configs.Config, log *slog.Logger) (*nats.Conn, error) {
	conn, err := watermill.OpenNATS(c.NATSURL, log)
	if err != nil {
		return nil, fmt.Errorf("opening NATS (NATS_URL): %w", err)
	}
	lc.Append(fx.StopHook(conn.Close))
	return conn, nil
}

func newNATSWakeups(lc fx.Lifecycle, conn *nats.Conn, log *slog.Logger) (*watermill.Wakeups, error) {
	w, err := watermill.NewJetStream(conn, natsPrefix, log)
	if err != nil {
		return nil, fmt.Errorf("opening the wake-ups: %w", err)
	}
	lc.Append(fx.Hook{OnStop: func(context.Context) error { return w.Close() }})
	return w, nil
}

func natsDependencies(client *goredis.Client, conn *nats.Conn) dependencies {
	check := func(ctx context.Context) error { return watermill.CheckJetStream(ctx, conn, natsPrefix) }
	return dependencies{redisDependency(client), httpapi.Dependency{Name: "nats", Check: check}}
}
