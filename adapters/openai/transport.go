package openai

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// stay follows no redirect: it would hand on the key.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// transport is for hundreds of calls at once. It pings a silent connection, so
// that a dead one does not take every call with it.
func transport() *http.Transport {
	return &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 256,
		IdleConnTimeout: 90 * time.Second, HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second}}
}

// retryAfter is the wait that OpenAI's retry-after-ms asks for, or Retry-After, in seconds or as a
// date, which is read by the server's own clock (RFC 9110, 10.2.3); 0 without one.
func retryAfter(h http.Header) time.Duration {
	if ms, ok := number(h.Get("Retry-After-Ms")); ok {
		return time.Duration(ms) * time.Millisecond
	}
	if s, ok := number(h.Get("Retry-After")); ok {
		return time.Duration(s) * time.Second
	}
	until, err := http.ParseTime(h.Get("Retry-After"))
	now, errNow := http.ParseTime(h.Get("Date"))
	if err != nil || errNow != nil {
		return 0
	}
	return max(0, until.Sub(now))
}

// number reads a whole number, of one too large the largest.
func number(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}
