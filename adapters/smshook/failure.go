package smshook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// failure is why a try did not hand the text over. Its cause holds nothing that
// the hook wrote, which may be the text.
type failure struct {
	cause error
	again bool
	after time.Duration // as long as the hook asks to wait
}

var (
	errStopping = errors.New("the program stops")
	errLate     = errors.New("no line to the hook was free in time")
)

// judge says what an answer means: nil when the hook has taken the text.
func judge(res *http.Response, now time.Time) *failure {
	if res.StatusCode/100 == 2 {
		return nil
	}
	return &failure{
		cause: fmt.Errorf("the hook answered %d", res.StatusCode),
		again: res.StatusCode == http.StatusTooManyRequests || res.StatusCode/100 == 5,
		after: retryAfter(res.Header, now),
	}
}

// broken says what it means that there is no answer.
func (h *Hook) broken(err error) *failure {
	if h.ctx.Err() != nil {
		return &failure{cause: errStopping}
	}
	return &failure{cause: errors.New(reason(err)), again: true}
}

// reason tells of an error what cannot hold a text or the hook's URL, which is
// the type of its first cause at least.
func reason(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in " + patience.String()
	case errors.As(err, &op):
		return op.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was cut"
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return fmt.Sprintf("no whole answer: %T", err)
}

// retryAfter is the wait that Retry-After asks for (RFC 9110, 10.2.3), 0 without one.
func retryAfter(h http.Header, now time.Time) time.Duration {
	s := h.Get("Retry-After")
	n, err := strconv.ParseUint(s, 10, 31) // of a larger number the largest
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(n) * time.Second
	}
	until, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return max(0, until.Sub(now))
}
