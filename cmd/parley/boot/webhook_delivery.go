package boot

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
)

// deliverWebhook sends a webhook of the pretend checkout to the handler of this
// program, without a socket.
func (s *server) deliverWebhook(ctx context.Context, payload []byte, signature string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/subscribe/webhook", bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("creating the webhook: %w", err)
	}
	r.RemoteAddr = "127.0.0.1:0"
	r.Header.Set("Stripe-Signature", signature)
	w := webhookResponse{header: http.Header{}, status: http.StatusOK}
	s.handler.ServeHTTP(&w, r)
	if w.status != http.StatusOK {
		return fmt.Errorf("the webhook was rejected with status %d", w.status)
	}
	return nil
}

// webhookResponse records the status of an in-process request and drops its body.
type webhookResponse struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (w *webhookResponse) Header() http.Header { return w.header }

// Write implements http.ResponseWriter.
func (w *webhookResponse) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (w *webhookResponse) WriteHeader(status int) { w.status = status }
