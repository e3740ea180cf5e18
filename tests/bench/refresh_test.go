//go:build linux

package bench

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	refreshedSessions = 2000
	refreshesEach     = 5
)

// The refreshes a second of one API process, and the rows of Postgres that a refresh changes. Wanted:
// 1,000 a second, one row each. At most 32 clients refresh concurrently.
//
//	go test ./tests/bench -v -rounds 5 -run TestRefreshes
func TestRefreshes(t *testing.T) {
	s := newMemoryStack(t)
	s.addDatabases()
	s.populate("parley", *rounds*refreshedSessions)
	var perSecond, rows series
	for round := range *rounds {
		updated := s.updatedSessions()
		perSecond = append(perSecond, s.refreshAll(round*refreshedSessions))
		const n = refreshedSessions * refreshesEach
		rows = append(rows, float64(s.updatedSessions()-updated)/n)
	}
	t.Logf("%s refreshes a second, %s rows changed for each, median of %d rounds", perSecond, rows, *rounds)
}

// refreshAll refreshes the sessions after the nth one, and returns the refreshes a second. The process
// stops at the end, because Postgres then counts all its statements.
func (s *stack) refreshAll(n int) (perSecond float64) {
	s.Helper()
	api := s.start("api")
	keys := session.NewRefreshKeys([][]byte{[]byte(secret)})
	at := client.At(api.URL())
	began := time.Now()
	s.concurrently(refreshedSessions, func(i int) {
		token := string(keys.Token(uuid(sessionKind, n+i+1), 0))
		for range refreshesEach {
			r, err := at.Call("POST", "/auth/refresh", map[string]string{"refresh_token": token})
			if err != nil || r.Status != http.StatusOK {
				s.Errorf("refresh: status %d %s, error %v; want 200", r.Status, r.Body, err)
				return
			}
			token = r.Field("refresh_token")
		}
	})
	perSecond = refreshedSessions * refreshesEach / time.Since(began).Seconds()
	api.Stop(stopTimeout)
	return perSecond
}

// updatedSessions returns how many rows of sessions were updated so far.
func (s *stack) updatedSessions() int {
	s.Helper()
	return s.postgres.Count("parley", "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'sessions'")
}
