//go:build linux

package bench

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

// result is what wrk says it did.
type result struct {
	requests  int
	perSecond float64
}

var (
	requests  = regexp.MustCompile(`(?m)^ +(\d+) requests in`)
	perSecond = regexp.MustCompile(`(?m)^Requests/sec: +([0-9.]+)`)
	refused   = regexp.MustCompile(`(?m)^ +(Non-2xx.*|Socket errors.*)$`)
)

// wrk loads a URL with two threads. Any answer but 2xx fails the test.
func (s *stack) wrk(connections int, url string, args ...string) (r result) {
	s.Helper()
	args = append([]string{"-t2", "-c" + strconv.Itoa(connections), fmt.Sprintf("-d%ds", int(lasts.Seconds())), url}, args...)
	out, err := exec.Command("wrk", args...).CombinedOutput()
	if err != nil || refused.Match(out) {
		s.Fatalf("wrk: %v\n%s", err, out)
	}
	if r.requests, err = strconv.Atoi(string(group(requests, out))); err != nil {
		s.Fatalf("wrk said: %s", out)
	}
	if r.perSecond, err = strconv.ParseFloat(string(group(perSecond, out)), 64); err != nil {
		s.Fatalf("wrk said: %s", out)
	}
	return r
}

func group(r *regexp.Regexp, text []byte) []byte {
	if found := r.FindSubmatch(text); found != nil {
		return found[1]
	}
	return nil
}
