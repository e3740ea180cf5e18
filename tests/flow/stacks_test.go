package flow

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// stack is what the programs of the running test stand on, as variables of the
// configuration; empty is memory.
var stack []string

// TestOnEveryStack runs flows that need no simulated time on Postgres, and on
// Postgres and Redis: they must not be able to tell.
func TestOnEveryStack(t *testing.T) {
	for _, s := range []struct {
		name  string
		redis bool
	}{{"postgres", false}, {"postgres and redis", true}} {
		t.Run(s.name, func(t *testing.T) {
			database := schema(t)
			for name, test := range map[string]func(*testing.T){
				"walk": TestFromPhoneNumberToAnswer, "checkout": TestFromTheCheckoutToPro, "accepted": TestAMessageIsAcceptedAsItWasSent,
				"texts": TestTextsThatAreRefused, "room": TestARoomFromItsOpeningToItsEnd, "order": TestRoomsAreOrderedByTheLastMessageSent,
				"pages": TestRoomsArePagedWithoutLossOrDoubling, "moving": TestRoomsUsedWhilePagingMoveNoOther, "names": TestNamesOfRooms,
				"foreign": TestRoomsThatAreNotOnesOwnAreNotThere, "cursors": TestCursorsOfOtherLists, "quota": twoHundredSends, "key": fiftyUnderOneKey,
				"long body": TestABodyMayHaveOneMiB, "head": TestHeadIsGetWithoutABody,
				"erased": TestAnAccountErasedInTheMiddleOfRequests, "metrics": TestMetricsOfAWalk,
			} {
				t.Run(name, func(t *testing.T) {
					own := database
					if name == "metrics" { // which counts all workers of a database, those of programs that just ended, too
						own = schema(t)
					}
					stack = infrastructure(t, own, s.redis)
					defer func() { stack = nil }()
					test(t)
				})
			}
		})
	}
}

// infrastructure is the database's URL and, if asked for, that of an empty Redis.
func infrastructure(t *testing.T, database string, redis bool) []string {
	t.Helper()
	variables := []string{"DATABASE_URL", database}
	if !redis {
		return variables
	}
	address := portstest.Infrastructure(t, "TEST_REDIS_URL")
	o, err := goredis.ParseURL(address)
	if err != nil {
		t.Fatal("TEST_REDIS_URL is no Redis URL")
	}
	o.DB = 15 // which is emptied
	client := goredis.NewClient(o)
	defer client.Close()
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatalf("TEST_REDIS_URL cannot be reached: %v", err)
	}
	return append(variables, "REDIS_URL", address[:strings.LastIndex(address, "/")]+"/15")
}

// schema makes a schema that goes with the test, and returns its URL.
func schema(t *testing.T) string {
	t.Helper()
	address, err := url.Parse(portstest.Infrastructure(t, "TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal("TEST_DATABASE_URL is no URL")
	}
	db, err := sql.Open("pgx", address.String())
	if err != nil {
		t.Fatal(err)
	}
	name := "flow_" + strings.ToLower(rand.Text()[:12])
	_, err = db.ExecContext(t.Context(), "CREATE SCHEMA "+name)
	if err != nil {
		t.Fatalf("TEST_DATABASE_URL cannot be reached: %v", err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	q := address.Query()
	q.Set("search_path", name)
	address.RawQuery = q.Encode()
	return address.String()
}

// twoHundredSends at once by a Basic user: exactly five are accepted.
func twoHundredSends(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	room := d.room("Quota")
	var accepted, refused atomic.Int64
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			a, err := d.Call("POST", "/chatroom/"+room+"/message", object{"content": fmt.Sprint("message ", n)})
			switch {
			case err == nil && a.Status == http.StatusAccepted:
				accepted.Add(1)
			case err == nil && a.Get("code") == "quota_exhausted" && a.Header.Get("Retry-After") != "":
				refused.Add(1)
			default:
				t.Errorf("%d %s %v", a.Status, a.Body, err)
			}
		})
	}
	all.Wait()
	if accepted.Load() != 5 || refused.Load() != 195 {
		t.Errorf("%d accepted, %d refused", accepted.Load(), refused.Load())
	}
	if me := d.want(http.StatusOK, "GET", "/user/me", nil); me.Get("daily_message_count") != "5" {
		t.Errorf("me: %s", me.Body)
	}
}

// fiftyUnderOneKey make one message and get one answer.
func fiftyUnderOneKey(t *testing.T) {
	d := start(t, config(t)).device().login(number())
	room := d.room("Key")
	bodies := make([]string, 50)
	var all sync.WaitGroup
	for n := range bodies {
		all.Go(func() {
			a, err := d.Call("POST", "/chatroom/"+room+"/message", object{"content": "once"}, "Idempotency-Key", "key")
			if err != nil || a.Status != http.StatusAccepted {
				t.Errorf("%d %s %v", a.Status, a.Body, err)
			}
			bodies[n] = string(a.Body)
		})
	}
	all.Wait()
	for _, b := range bodies {
		if b != bodies[0] {
			t.Fatalf("%s\n%s", b, bodies[0])
		}
	}
	if used := d.want(http.StatusOK, "GET", "/subscribe/status", nil).Get("messages_used_today"); used != "1" {
		t.Errorf("%s units", used)
	}
}

// Requests and answers by processes of their own, which share a database and a Redis.
func TestManyProcesses(t *testing.T) {
	stack = infrastructure(t, schema(t), true)
	defer func() { stack = nil }()
	process := func(r configs.Role) *program {
		c := config(t, "SECRET_KEY", "a key that all processes have in common")
		c.Role = r
		if err := c.Shared(); err != nil {
			t.Fatal(err)
		}
		return start(t, c)
	}
	one, other, worker := process(configs.API), process(configs.API), process(configs.Worker)
	process(configs.Worker)
	d := one.device().login(number())
	there := device{other.device().As(d.Token), t}
	room := d.room("Shared")
	there.want(http.StatusOK, "GET", "/chatroom", nil) // cached, and seen anew below
	for n := range 5 {
		if a := there.answer(d.ask(room, fmt.Sprint("message ", n))); a.Get("status") != "done" {
			t.Errorf("answer: %s", a.Body)
		}
	}
	second := d.room("Second")
	if list := string(there.want(http.StatusOK, "GET", "/chatroom", nil).Body); !strings.Contains(list, second) {
		t.Errorf("another process does not see a new room: %s", list)
	}
	d.want(http.StatusServiceUnavailable, "POST", "/subscribe/pro", nil)
	worker.device().want(http.StatusNotFound, "GET", "/user/me", nil)
	deadline := time.Now().Add(10 * time.Second)
	for worker.device().want(http.StatusOK, "GET", "/readyz", nil).Get("workers") != "2" {
		if time.Now().After(deadline) {
			t.Fatal("two workers do not see each other")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if ready := one.device().want(http.StatusOK, "GET", "/readyz", nil); ready.Get("checks.redis") != "ok" || ready.Get("checks.store") != "ok" {
		t.Errorf("ready: %s", ready.Body)
	}
}
