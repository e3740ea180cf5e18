package watermill

import (
	"log/slog"
	"sync/atomic"
)

// outageLog logs the begin and the end of an outage of a system once each.
type outageLog struct {
	log    *slog.Logger
	system string
	logged atomic.Bool // the outage was logged, its end was not
}

// failed logs that receiving has failed, unless this outage was logged before.
func (o *outageLog) failed(err error) {
	if o.logged.CompareAndSwap(false, true) {
		o.log.Warn("receiving wake-ups from "+o.system+" failed, sweeps find due replies", "err", err)
	}
}

// works logs the end of an outage. It is called after every successful read, including empty ones.
func (o *outageLog) works() {
	if o.logged.CompareAndSwap(true, false) {
		o.log.Info("receiving wake-ups from " + o.system + " again")
	}
}
