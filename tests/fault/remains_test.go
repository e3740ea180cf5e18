//go:build linux

package fault

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// countRows returns the number of rows of each table that contains data of users.
func (d *deletions) countRows() map[string]int {
	rows := d.postgres.Rows(database)
	delete(rows, "workers")       // heartbeats of the processes
	delete(rows, "spend")         // the daily token usage of all users together
	delete(rows, "deleted_rooms") // only ids, for followers who are away
	delete(rows, "erasures")      // only ids, for a restore
	delete(rows, "kept_counts")   // under an HMAC of the number, for the rest of the day
	// Only ids of sessions that do not exist any more, for the caches of other processes.
	delete(rows, "ended_sessions")
	delete(rows, "country_codes") // the codes of a country
	delete(rows, "code_counts")   // the codes of a country
	return rows
}

// countRemaining returns how many rows the tables have more than before the first deletion. A table may
// have fewer: the workers also remove expired rows of the survivor.
func (d *deletions) countRemaining(rows map[string]int) (remaining int) {
	for table, n := range rows {
		remaining += max(0, n-d.before[table])
	}
	return remaining
}

// checkNothingRemains fails the test unless the workers remove rows until no table has more
// than before the first deletion, and Redis has no live logs and no wake-ups.
func (d *deletions) checkNothingRemains() {
	d.Helper()
	var rows map[string]int
	defer func() {
		if d.Failed() {
			d.Logf("rows after the deletion: %v, before the first one: %v", rows, d.before)
		}
	}()
	rig.Eventually(d, 30*time.Second, "the rows of what was deleted are removed", func() bool {
		rows = d.countRows()
		return d.countRemaining(rows) == 0
	})
	for _, log := range d.liveLogs() {
		if !slices.Contains(d.logsBefore, log) {
			d.Errorf("Redis contains the live log of a deleted room: %s", log)
		}
	}
	rig.Eventually(d, 10*time.Second, "the stream has no wake-ups", func() bool { return d.wakeups.count() == 0 })
}

// liveLogs returns the keys of all live logs, which contain the text of running replies, and
// of ended ones for a minute.
func (d *deletions) liveLogs() []string {
	d.Helper()
	rdb := d.redis.Client()
	defer rdb.Close()
	keys, err := rdb.Keys(context.Background(), "*:live:*:text").Result()
	if err != nil {
		d.Errorf("list the keys of live logs: %v", err)
	}
	return keys
}

// stopProcesses stops all processes, which first finish their work. It fails the test if one
// has logged an error.
func (d *deletions) stopProcesses() {
	d.Helper()
	for _, p := range d.processes {
		p.Stop(25 * time.Second)
		for _, line := range strings.Split(p.Logs.String(), "\n") {
			if strings.Contains(line, `"level":"ERROR"`) {
				d.Errorf("%s logged an error: %s", p, line)
			}
		}
	}
}
