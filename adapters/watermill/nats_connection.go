package watermill

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// natsDialTimeout limits a connection attempt to one server.
	natsDialTimeout = time.Second
	// natsPingInterval is the time between two pings. After two pings without a response, the
	// connection counts as lost, and Wake fails immediately.
	natsPingInterval = 2 * time.Second
	// natsReconnectWait is the time between two rounds of connection attempts.
	natsReconnectWait = 250 * time.Millisecond
)

// errNATSLogin means that NATS has rejected the login.
var errNATSLogin = errors.New("NATS rejects the login; check the user and the password or token in the URL")

// errNATSURL replaces the errors of nats.go about URLs, which contain the password.
var errNATSURL = errors.New("not a valid URL of NATS servers")

// OpenNATS connects to one of the servers in addresses, which are URLs separated by commas. The
// caller must close the connection. If no server is available, the connection continues to try
// in the background. Errors do not contain the URLs.
//
// OpenNATS fails if a server rejects the login, because only an operator can fix that. If this
// happens later, the connection continues to try.
func OpenNATS(addresses string, log *slog.Logger) (*nats.Conn, error) {
	options := natsOptions(log)
	conn, err := nats.Connect(addresses, options...)
	switch {
	case err == nil:
		return conn, nil
	case isLoginError(err):
		return nil, errNATSLogin
	}
	conn, err = nats.Connect(addresses, append(options, nats.RetryOnFailedConnect(true))...)
	if err != nil {
		return nil, errNATSURL
	}
	log.Warn("connecting to nats failed, trying again in the background")
	return conn, nil
}

// natsOptions returns the options of a connection that never gives up. While it is
// disconnected, it buffers nothing, so publishing fails immediately.
func natsOptions(log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.Name("parley"),
		nats.Timeout(natsDialTimeout),
		nats.PingInterval(natsPingInterval),
		nats.MaxPingsOutstanding(2),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(natsReconnectWait),
		nats.ReconnectJitter(natsReconnectWait, natsReconnectWait),
		nats.ReconnectBufSize(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Debug("error of the connection to nats", "err", err)
		}),
	}
}

// isLoginError returns whether a server has rejected the user, the password or the token.
func isLoginError(err error) bool {
	rejections := []error{
		nats.ErrAuthorization,
		nats.ErrAuthExpired,
		nats.ErrAuthRevoked,
		nats.ErrAccountAuthExpired,
	}
	return slices.ContainsFunc(rejections, func(r error) bool { return errors.Is(err, r) })
}

// checkConnected fails while the connection is lost. The error of nats.go would be about a
// full buffer.
func checkConnected(conn *nats.Conn) error {
	if conn.IsClosed() {
		return nats.ErrConnectionClosed
	}
	if !conn.IsConnected() {
		return fmt.Errorf("not connected to NATS: %s", conn.Status())
	}
	return nil
}
