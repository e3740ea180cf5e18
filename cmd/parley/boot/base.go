package boot

import (
	"crypto/rand"
	"io"
	"log/slog"
	"os"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/argon2id"
	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/adapters/token"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/ports"
)

// maxConcurrentHashes limits how many passwords are hashed concurrently. Each takes 19 MiB.
const maxConcurrentHashes = 2

// baseModule provides what is the same for every configuration: the use cases, the
// adapters that call them, and the adapters of ports that have only one adapter.
func baseModule() fx.Option {
	return fx.Provide(
		newLog,
		newSecrets,
		newTokens,
		newLoginPolicy,
		newTokenBudgetMonitor,
		newLoadMonitor,
		newCodeGuard,
		newLogin,
		newProfile,
		newExport,
		newTalk,
		newSubscribe,
		newAnswer,
		newServer,
		newAPI,
		newWorker,
		newReconciler,
		func() io.Reader { return rand.Reader },
		func() ports.Clock { return system.Clock{} },
		func(random io.Reader) ports.Hasher { return argon2id.New(random, maxConcurrentHashes) },
		func(c configs.Config) plan.Plans { return c.Plans },
	)
}

// newLog returns the logger. fx stops components in the reverse order of their
// creation. Most components need the logger, so fx flushes its output after they stop.
func newLog(lc fx.Lifecycle, c configs.Config) *slog.Logger {
	out := system.NewOutput(os.Stderr)
	lc.Append(fx.StopHook(out.Flush))
	return NewLogger(out, c)
}

// NewLogger returns a logger that writes lines to out, in the configured format.
func NewLogger(out io.Writer, c configs.Config) *slog.Logger {
	if c.LogsJSON() {
		return slog.New(slog.NewJSONHandler(out, nil))
	}
	return slog.New(slog.NewTextHandler(out, nil))
}

// secrets are the keys in SECRET_KEY and SECRET_KEY_PREVIOUS, the current one first.
type secrets [][]byte

// newSecrets returns the configured keys, or a random key if none is configured. Only
// development allows this. Access tokens then become invalid when the process ends.
func newSecrets(c configs.Config, random io.Reader) (secrets, error) {
	if len(c.SecretKeys) > 0 {
		return c.SecretKeys, nil
	}
	key := make([]byte, 32)
	_, err := io.ReadFull(random, key)
	return secrets{key}, err
}

// publicKeys is a JSON Web Key Set, nil for none.
type publicKeys []byte

func newTokens(c configs.Config, s secrets) (ports.Tokens, publicKeys, error) {
	j, err := token.New(token.Config{Keys: s, Algorithm: c.TokenAlgorithm, Ed25519: c.Ed25519Keys})
	if err != nil {
		return nil, nil, err
	}
	keys, err := j.PublicKeys()
	return j, keys, err
}
