package flow

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/tests/client"
)

func TestTwoHundredSendsAtOnceByABasicUser(t *testing.T) {
	p, _ := indoors(t, config(t))
	for run := range 20 {
		d := p.inside().login(number())
		rooms := []string{d.room("a"), d.room("b"), d.room("c")}
		accepted, locations := 0, map[string]bool{}
		for _, a := range together(t, 200, func(i int) (client.Answer, error) {
			return d.Call("POST", "/chatroom/"+rooms[i%3]+"/message", object{"content": fmt.Sprint("message ", i)})
		}) {
			if a.Status == http.StatusAccepted {
				accepted++
				locations[a.Header.Get("Location")] = true
				continue
			}
			refused(t, a, 429, "quota_exhausted")
			if wait, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 86400 {
				t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
			}
		}
		if accepted != 5 || len(locations) != 5 {
			t.Fatalf("run %d: %d accepted, %d replies", run, accepted, len(locations))
		}
		d.used(5)
		kept := 0
		for _, room := range rooms {
			list, _ := d.messages("/chatroom/" + room + "/messages")
			kept += len(list)
		}
		if kept != 10 {
			t.Fatalf("run %d: %d messages kept", run, kept)
		}
	}
}

func TestWhatIsLeftOfTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t))
		room := d.room("r")
		time.Sleep(6*time.Hour + 500*time.Millisecond)
		left := strconv.Itoa(18 * 3600) // half a second less, rounded up
		for i := range 7 {
			a := d.send(room, "hello")
			h := a.Header
			if h.Get("RateLimit-Limit") != "5" || h.Get("RateLimit-Remaining") != fmt.Sprint(max(0, 4-i)) || h.Get("RateLimit-Reset") != left {
				t.Errorf("send %d: %v", i+1, h)
			}
			if i < 5 {
				continue
			}
			refused(t, a, 429, "quota_exhausted")
			if a.Get("detail") != "Daily message limit reached (5/day for Basic tier). Upgrade to Pro." || h.Get("Retry-After") != left {
				t.Errorf("send %d: %s, Retry-After %s", i+1, a.Body, h.Get("Retry-After"))
			}
		}
		status := d.want(http.StatusOK, "GET", "/subscribe/status", nil)
		if status.Get("messages_used_today") != "5" || status.Get("messages_remaining") != "0" || status.Get("resets_at") != "2000-01-02T00:00:00Z" {
			t.Errorf("status: %s", status.Body)
		}
	})
}

func TestTheLimitIsConfigured(t *testing.T) {
	_, d := indoors(t, config(t, "BASIC_DAILY_LIMIT", "1"))
	room := d.room("r")
	d.ask(room, "hello")
	a := d.send(room, "hello")
	refused(t, a, 429, "quota_exhausted")
	if a.Get("detail") != "Daily message limit reached (1/day for Basic tier). Upgrade to Pro." {
		t.Errorf("refused: %s", a.Body)
	}
}

func TestTheDayEndsAtMidnightUTC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := indoors(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"))
		room := d.room("r")
		until(midnight(1).Add(-time.Microsecond))
		for i := range 5 {
			if a := d.send(room, "hello"); a.Header.Get("RateLimit-Remaining") != fmt.Sprint(4-i) || a.Header.Get("RateLimit-Reset") != "1" || a.Get("created_at") != "2000-01-01T23:59:59.999999Z" {
				t.Errorf("in the day's last microsecond: %s %v", a.Body, a.Header)
			}
		}
		a := d.send(room, "hello")
		refused(t, a, 429, "quota_exhausted")
		if a.Header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		until(midnight(1))
		d.used(0)
		if a := d.send(room, "hello"); a.Header.Get("RateLimit-Remaining") != "4" || a.Header.Get("RateLimit-Reset") != "86400" {
			t.Errorf("at midnight: %s %v", a.Body, a.Header)
		}
		d.used(1)
	})
}

func TestAUnitGoesBackToTheDayItCameFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		slow := fake.EchoOptions{Latency: 10 * time.Second, Script: func(chat.Prompt, int) fake.Act {
			return fake.Act{Text: "no", Fail: &chat.Failure{Code: chat.CodeBlocked}}
		}}
		_, d := indoors(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"), boot.Keep(store), boot.Keep(fake.NewEcho(slow)))
		until(midnight(1).Add(-5 * time.Second))
		rooms := []string{d.room("a"), d.room("b")}
		first := d.ask(rooms[0], "of the first day")
		d.used(1)
		until(midnight(1).Add(time.Second))
		second := d.ask(rooms[1], "of the second day")
		if failed := d.answer(first); failed.Get("status") != "failed" || time.Now().Before(midnight(1)) {
			t.Fatalf("the first reply: %s", failed.Body)
		}
		me := id.ID(d.want(http.StatusOK, "GET", "/user/me", nil).Get("id"))
		count(t, store, me, midnight(0), 0)
		count(t, store, me, midnight(1), 1)
		d.answer(second)
		count(t, store, me, midnight(0), 0)
		count(t, store, me, midnight(1), 0)
		d.used(0)
	})
}

// count checks how many messages of a day the store counts.
func count(t *testing.T, store *memory.Store, who id.ID, day time.Time, want int) {
	t.Helper()
	used, err := memory.Usage{Store: store}.Used(context.Background(), who, quota.DayOf(day))
	if err != nil || used != want {
		t.Errorf("%d messages counted on %s, want %d; %v", used, day.Format(time.DateOnly), want, err)
	}
}

func TestDeletingARoomGivesNothingBack(t *testing.T) {
	_, d := indoors(t, config(t))
	room := d.room("r")
	d.answer(d.ask(room, "hello"))
	d.want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
	d.used(1)
}
