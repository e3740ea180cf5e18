package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Statement is a statement of this package with its arguments.
type Statement struct {
	Name string
	SQL  string
	Args []any
}

// Statements returns the statements that run often or read large tables, with
// arguments for one message and one session of a user.
func Statements(d chat.Draft, sessionID id.ID) []Statement {
	now := d.Now
	leaseEnd := d.Now.Add(reply.Lease)
	today := dateOf(quota.DayOf(now))
	accept, _ := newAcceptParams([]chat.Draft{d})
	finish := newFinishParams([]finish{{claim: claim{ReplyID: d.Reply, Fence: 1}, now: now}})
	return []Statement{
		bind("lock turns", lockTurns, lockTurnsParams{Owners: accept.Users}),
		bind("lock sender", lockSender, lockSenderParams{Owner: d.User, RoomID: d.Room}),
		bind("accept", acceptMessages, accept),
		bind("first use of a key", findFirstUse, firstUseParams{
			UserID:   d.User,
			Key:      d.Key,
			PromptID: d.Prompt,
			Day:      today,
		}),
		{"lock room", lockRoomOfUser, []any{d.User, d.Room}},
		{"lock message", lockMessage, []any{d.Room, d.Reply}},
		{"lock last reply", lockLastReply, []any{d.Room}},
		{"find key", findKey, []any{d.User, d.Key}},
		bind("edit prompt", editPrompt, editPromptParams{
			PromptID:   d.Prompt,
			Text:       "hoo",
			Now:        now,
			Rev:        5000,
			Versions:   1,
			OldText:    "hoo",
			OldStatus:  chat.Done,
			OldCreated: now,
		}),
		bind("save reply", saveReply, saveReplyParams{ReplyID: d.Reply, RoomID: d.Room, Status: chat.Queued}),
		bind("list versions", listVersions, listVersionsParams{
			Owner:     d.User,
			RoomID:    d.Room,
			MessageID: d.Reply,
			Limit:     51,
			MaxBytes:  chat.PageBytes,
		}),
		bind("read feed", readFeed, readFeedParams{Owner: d.User}),
		bind("feed changes", feedChanges, feedChangesParams{
			Owner:    d.User,
			After:    zeroID,
			Limit:    chat.FeedPageRooms + 1,
			MaxBytes: chat.PageBytes,
		}),
		bind("list rooms", listRooms, roomsOf(d, firstRoom)),
		bind("list rooms after", listRooms, roomsOf(d, ports.RoomCursor{Updated: now, ID: d.Room})),
		{"get room", getRoom, []any{d.User, d.Room}},
		{"update room", updateRoom, []any{d.User, d.Room, "Owls", "Answer as an owl."}},
		{"get message", getMessage, []any{d.User, d.Room, d.Reply}},
		bind("newest messages", newestMessages, pageOf(d, math.MaxInt64)),
		bind("messages before", newestMessages, pageOf(d, 3000)),
		bind("messages after", changedMessages, pageOf(d, 3000)),
		bind("search", searchMessages, newSearchParams(chat.SearchQuery{Owner: d.User, Limit: 50})),
		bind("newest history", newestHistory, historyOf(d)),
		bind("oldest history", oldestHistory, historyOf(d)),
		bind("set summary", setSummary, setSummaryParams{
			Owner:   d.User,
			RoomID:  d.Room,
			Old:     4,
			Text:    "hoo",
			Through: 20,
		}),
		{"set title", setTitle, []any{d.User, d.Room, "x"}},
		{"codes of countries", takenCodes, []any{today}},
		{"sum of code counts", sumCodeCounts, []any{now, now.Add(time.Hour)}},
		{"total of tokens", totalTokens, []any{today}},
		{"count messages", countMessages, []any{d.User, today}},
		bind("claim", claimReplies, claimParams{
			Now:        now,
			LeaseEnd:   leaseEnd,
			Limit:      1,
			PerUser:    8,
			HeadStarts: []int64{0, 0, 30_000_000},
			Served:     []bool{false, true, false},
			Floors:     []time.Time{now.Add(-time.Hour), now.Add(-time.Hour), now.Add(-time.Hour)},
		}),
		{"turn classes", findTurnClasses, nil},
		bind("users ahead", countUsersAhead, usersAheadParams{Now: now, Limit: 1000}),
		bind("return heads", returnHeads, returnHeadsParams{Now: now, Limit: 200}),
		bind("broken rooms", findBrokenRooms, pageOfQueue{Now: now, After: zeroID, Limit: roomsPerRepair}),
		bind("broken turns", findBrokenTurns, pageOfQueue{After: zeroID, Limit: turnsPerRepair}),
		bind("stuck turns", findStuckTurns, stuckParams{
			Now:        now,
			HeadStarts: []int64{0, 0},
			Served:     []bool{false, true},
			Floors:     []time.Time{now.Add(-time.Hour), now.Add(-time.Hour)},
			Limit:      stuckPerRepair,
		}),
		bind("repair turn", repairTurn, repairParams{Owner: d.User, Now: now}),
		bind("settle room", settleRoom, settleParams{RoomID: d.Room, Owner: d.User, Now: now, Change: 1}),
		{"lock turn", lockTurn, []any{d.User}},
		bind("lock turns of replies", lockTurnsOfReplies, lockRepliesParams{Replies: finish.Replies}),
		bind("lock reply", lockReply, lockReplyParams{d.Reply}),
		{"claim state", claimState, []any{d.Reply}},
		{"owner of a reply", ownerOfReply, []any{d.Reply}},
		{"renew", renewLease, []any{d.Reply, 1, leaseEnd, now}},
		{"renew many", renewLeases, []any{array(string(d.Reply)), array("1"), array(leaseEnd.Format(time.RFC3339)),
			array(now.Format(time.RFC3339))}},
		bind("finish", finishReplies, finish),
		bind("queue depth", queueDepth, depthParams{Now: now}),
		{"find sessions", findSessions, []any{array(string(sessionID)), now}},
		{"end sessions", endSessions, []any{d.User, sessionID}},
		{"recorded sessions", recordedSessions, []any{d.User, firstID, 100}},
		{"recorded devices", recordedDevices, []any{d.User, "", 100}},
		{"recorded counts", recordedCounts, []any{d.User}},
		{"recorded rooms", recordedRooms, []any{d.User, firstID, 20}},
		{"get user", getUser, []any{d.User}},
		bind("add user", addUser, addUserParams{
			ID:          d.User,
			Number:      "+99000000001",
			Created:     now,
			SignupAfter: now.Add(-user.SignupTTL),
		}),
		{"find user", findUser, []any{"+99000000001"}},
		{"find subscription", findSubscription, []any{"cus_1"}},
		bind("take due subscriptions", takeDueSubscriptions, takeDueParams{Now: now, Later: leaseEnd, Limit: 5}),
		bind("delete room", deleteRoom, deleteRoomParams{Owner: d.User, RoomID: d.Room}),
		bind("lock account", lockAccount, eraseParams{UserID: d.User}),
		bind("keep counts", keepCounts, keepCountsParams{UserID: d.User, NumberMAC: make([]byte, 32), FirstDay: now}),
		bind("merge counts", mergeCounts, keepCountsParams{UserID: d.User, NumberMAC: make([]byte, 32), FirstDay: now}),
		{"check number", checkNumber, []any{d.User, sessionID}},
		bind("detach rooms", detachRooms, detachParams{UserID: d.User, Kept: 1, Limit: 10}),
		bind("erase user", eraseUser, eraseParams{UserID: d.User}),
		{"oldest deleted", oldestDeleted, nil},
		bind("remove deleted", removeDeleted, removeParams{Rooms: 10, Limit: 100}),
		bind("remove old", removeOld, removeOldParams{Until: now, Before: id.First(now), Limit: 500}),
		bind("purge", purge, newPurgeParams(now)),
	}
}

// AcceptBatch reports for each message whether Accept would accept it without waiting. It
// returns the result in the order of the messages.
func (db *DB) AcceptBatch(ctx context.Context, drafts []chat.Draft) (accepted []*chat.Accepted, err error) {
	rows, err := db.acceptBatch(ctx, drafts)
	for i, row := range rows {
		accepted = append(accepted, nil)
		if row != nil && row.accepted {
			a, err := Messages{db}.accepted(ctx, drafts[i], row)
			if err != nil {
				return nil, err
			}
			accepted[i] = &a
		}
	}
	return accepted, err
}

func bind[P any](name string, s statement[P], params P) Statement {
	args := s.args(params)
	for i, arg := range args {
		if v := reflect.ValueOf(arg); v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8 {
			args[i] = arrayOf(v)
		}
	}
	return Statement{Name: name, SQL: s.sql, Args: args}
}

// arrayOf returns an array literal of PostgreSQL with the elements of a slice.
func arrayOf(slice reflect.Value) string {
	var elements []string
	for i := range slice.Len() {
		element := slice.Index(i).Interface()
		switch v := element.(type) {
		case time.Time:
			element = v.Format(time.RFC3339Nano)
		case *time.Time:
			element = "NULL"
		case []byte:
			element = fmt.Sprintf(`"\\x%x"`, v)
		}
		elements = append(elements, fmt.Sprint(element))
	}
	return "{" + strings.Join(elements, ",") + "}"
}

func pageOf(d chat.Draft, revision int64) pageParams {
	return pageParams{Owner: d.User, RoomID: d.Room, Revision: revision, Limit: 51, MaxBytes: chat.PageBytes}
}

func roomsOf(d chat.Draft, after ports.RoomCursor) listRoomsParams {
	return listRoomsParams{
		Owner:        d.User,
		AfterUpdated: after.Updated,
		AfterID:      after.ID,
		Limit:        21,
		MaxBytes:     chat.PageBytes,
	}
}

func historyOf(d chat.Draft) historyParams {
	return historyParams{
		Owner:  d.User,
		RoomID: d.Room,
		Before: 3000,
		Limit:  200,
		Bytes:  100_000,
	}
}

// array returns an array literal of PostgreSQL with one element.
func array(element string) string { return "{" + element + "}" }

// Setting returns a server parameter of the pool's connections.
func (db *DB) Setting(ctx context.Context, name string) (value string, err error) {
	err = db.pool.GetContext(ctx, &value, `SELECT current_setting($1)`, name)
	return value, err
}

// Occupy takes n connections of the pool until free is called.
func (db *DB) Occupy(ctx context.Context, n int) (free func(), err error) {
	var taken []*sql.Conn
	free = func() {
		for _, conn := range taken {
			_ = conn.Close()
		}
	}
	for range n {
		conn, err := db.pool.Conn(ctx)
		if err != nil {
			free()
			return nil, err
		}
		taken = append(taken, conn)
	}
	return free, nil
}

// SetTimeout replaces the timeout of all statements.
func (db *DB) SetTimeout(timeout time.Duration) {
	db.pool.timeout = timeout
	db.leasePool.timeout = timeout
}

// HasReset reports whether the pool has closed its idle connections.
func (db *DB) HasReset() bool {
	db.pool.mu.Lock()
	defer db.pool.mu.Unlock()
	return !db.pool.lastReset.IsZero()
}

// LimitAndWrap returns the error of a statement as callers of the package get it.
func LimitAndWrap(ctx context.Context, timeout time.Duration, statement func(ctx context.Context) error) error {
	return wrap("testing", (&pool{timeout: timeout}).withTimeout(ctx, statement))
}

// ConnectTimeout returns the connect timeout for a URL.
func ConnectTimeout(rawURL string) (time.Duration, error) {
	config, err := parseURL(rawURL)
	if err != nil {
		return 0, err
	}
	return config.ConnConfig.ConnectTimeout, nil
}
