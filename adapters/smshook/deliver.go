package smshook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/kuvaka-tech/parley/core/phone"
)

const (
	tries    = 6
	patience = 5 * time.Second // with the hook's answer to one try
)

// text is one on its way.
type text struct {
	id      string
	to      phone.Number
	payload []byte
	until   time.Time
}

// deliver tries until the hook takes the text or refuses it, or it is too late.
// It logs the number masked and the text never.
func (h *Hook) deliver(t text) {
	for try := 1; ; try++ {
		log := h.config.Log.With("mobile_number", t.to, "webhook_id", t.id, "try", try)
		f := h.try(t)
		if f == nil {
			log.Info("sms handed over")
			return
		}
		pause := h.pause(try, f)
		if !f.again || try == tries || !h.config.Clock.Now().Add(pause).Before(t.until) {
			log.Error("sms given up", "err", f.cause)
			return
		}
		log.Warn("sms not handed over, trying again", "in", pause, "err", f.cause)
		wait(h.ctx, pause)
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// pause is how long to wait after a try: 1, 3, 9, 27 and 81 s, 50 % either way, and as long as the hook asks for.
func (h *Hook) pause(try int, f *failure) time.Duration {
	d := time.Second
	for range try - 1 {
		d *= 3
	}
	d = time.Duration(float64(d) * (0.5 + h.config.Jitter()))
	return max(d, f.after)
}

// try makes one request once a line is free.
func (h *Hook) try(t text) *failure {
	select {
	case h.lines <- struct{}{}:
	case <-h.ctx.Done():
		return &failure{cause: errStopping}
	}
	defer func() { <-h.lines }()
	if !h.config.Clock.Now().Before(t.until) {
		return &failure{cause: errLate}
	}
	ctx, cancel := context.WithTimeout(h.ctx, patience)
	defer cancel()
	r, err := h.request(ctx, t)
	if err != nil {
		return &failure{cause: err}
	}
	res, err := h.client.Do(r)
	if err != nil {
		return h.broken(err)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // lets the connection be used again; what it says does not count
	return judge(res, h.config.Clock.Now())
}

// request is one try's: the id and the payload stay, the time and the signature do not.
func (h *Hook) request(ctx context.Context, t text) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.config.URL, bytes.NewReader(t.payload))
	if err != nil {
		return nil, errors.New("the hook's URL is none")
	}
	at := strconv.FormatInt(h.config.Clock.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Parley")
	r.Header.Set("Webhook-Id", t.id)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", sign(h.config.Key, t.id, at, t.payload))
	return r, nil
}
