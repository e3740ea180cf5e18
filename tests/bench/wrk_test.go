//go:build linux

package bench

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// result is what wrk reports. For pgbench a request is a transaction.
type result struct {
	requests  int
	perSecond float64
}

var (
	requests  = regexp.MustCompile(`(?m)^ +(\d+) requests in`)
	perSecond = regexp.MustCompile(`(?m)^Requests/sec: +([0-9.]+)`)
	refused   = regexp.MustCompile(`(?m)^ +(Non-2xx.*|Socket errors.*)$`)
)

// wrk loads a URL with two threads. The test fails on any response that is not 2xx.
func (s *stack) wrk(connections int, address string, args ...string) (r result) {
	s.Helper()
	args = append([]string{
		"-t2",
		"-c" + strconv.Itoa(connections),
		fmt.Sprintf("-d%ds", int(duration.Seconds())),
		address,
	}, args...)
	out, err := exec.Command("wrk", args...).CombinedOutput()
	if err != nil || refused.Match(out) {
		s.Fatalf("run wrk: %v\n%s", err, out)
	}
	if r.requests, err = strconv.Atoi(string(group(requests, out))); err != nil {
		s.Fatalf("parse the output of wrk: %v\n%s", err, out)
	}
	if r.perSecond, err = strconv.ParseFloat(string(group(perSecond, out)), 64); err != nil {
		s.Fatalf("parse the output of wrk: %v\n%s", err, out)
	}
	return r
}

// group returns the first group of a match, nil without a match.
func group(r *regexp.Regexp, text []byte) []byte {
	if found := r.FindSubmatch(text); found != nil {
		return found[1]
	}
	return nil
}

// wrkScript writes a script for wrk. request is Lua code that defines the function request. It can
// use the table tokens, the access tokens of all users, and random numbers, which differ between
// the threads of wrk.
func (s *stack) wrkScript(name, request string) string {
	s.Helper()
	return s.wrkScriptOf(name, s.tokens(users), request)
}

// wrkScriptOf is wrkScript with other tokens.
func (s *stack) wrkScriptOf(name string, tokens []string, request string) string {
	s.Helper()
	return s.file(name, fmt.Sprintf(`
local tokens = {"%s"}
local seed = 0
function setup(thread) seed = seed + 1; thread:set("seed", seed) end
function init() math.randomseed(seed) end
%s`, strings.Join(tokens, `","`), request))
}
