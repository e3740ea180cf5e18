package boot

import (
	"log/slog"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/sessioncache"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// storedSessions are the sessions of the store, without a cache.
type storedSessions struct{ ports.Sessions }

// newSessions returns the cached sessions. The cache is closed before the store.
func newSessions(
	lc fx.Lifecycle, c configs.Config, stored storedSessions, clock ports.Clock, log *slog.Logger,
) (*sessioncache.Cache, ports.Sessions) {
	cache := sessioncache.New(sessioncache.Config{
		Sessions: stored.Sessions,
		TTL:      c.SessionTTL,
		Clock:    clock,
		Log:      log,
	})
	lc.Append(fx.StopHook(cache.Close))
	return cache, cache
}
