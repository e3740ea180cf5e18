package boot

import (
	"log/slog"

	"go.uber.org/fx"
)

// Option changes the program that New wires.
type Option struct {
	decorate  fx.Option
	inProcess bool
}

// module returns the fx option, which is empty for InProcess.
func (o Option) module() fx.Option {
	if o.decorate == nil {
		return fx.Options()
	}
	return o.decorate
}

// Wrap replaces the adapter of a port with a wrapper around it, for example one that
// injects errors. Each port can be wrapped once.
func Wrap[T any](wrapper func(T) T) Option { return Option{decorate: fx.Decorate(wrapper)} }

// Use makes the program use this instance of an adapter, such as a
// *memory.Store, instead of a new one. The instance can outlive the program.
func Use[T any](instance T) Option {
	return Option{decorate: fx.Decorate(func(T) T { return instance })}
}

// Log replaces the logger, which writes to standard error by default.
func Log(log *slog.Logger) Option { return Use(log) }

// InProcess starts the program without sockets. Send requests to App.ServeHTTP.
func InProcess() Option { return Option{inProcess: true} }
