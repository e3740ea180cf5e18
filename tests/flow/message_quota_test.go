package flow

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

func TestTwoHundredSendsOfABasicUserAtTheSameTime(t *testing.T) {
	p, _ := startLoggedIn(t, config(t))
	for run := range 20 {
		d := p.newDevice().Login(client.Number())
		rooms := []string{d.NewRoom("a"), d.NewRoom("b"), d.NewRoom("c")}
		accepted, replies := 0, map[string]bool{}
		for _, r := range concurrently(t, 200, func(i int) (client.Response, error) {
			body := object{"content": fmt.Sprint("message ", i)}
			return d.Call("POST", "/chatroom/"+rooms[i%3]+"/message", body)
		}) {
			if r.Status == http.StatusAccepted {
				accepted++
				replies[r.Header.Get("Location")] = true
				continue
			}
			checkError(t, r, http.StatusTooManyRequests, "quota_exhausted")
			retryAfter := r.Header.Get("Retry-After")
			if seconds, err := strconv.Atoi(retryAfter); err != nil || seconds < 1 || seconds > 86400 {
				t.Errorf("Retry-After = %q, want the seconds until the end of the day", retryAfter)
			}
		}
		if accepted != 5 || len(replies) != 5 {
			t.Fatalf("run %d: %d messages accepted with %d replies, want 5 and 5", run, accepted, len(replies))
		}
		d.checkMessageCount(5)
		stored := 0
		for _, room := range rooms {
			stored += len(d.newestMessages(room))
		}
		if stored != 10 {
			t.Fatalf("run %d: %d messages stored, want 5 and their replies", run, stored)
		}
	}
}

// checkRateLimitHeaders checks the RateLimit headers of a response to a message.
func checkRateLimitHeaders(t *testing.T, r client.Response, remaining int, reset string) {
	t.Helper()
	for name, want := range map[string]string{
		"RateLimit-Limit":     "5",
		"RateLimit-Remaining": fmt.Sprint(remaining),
		"RateLimit-Reset":     reset,
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q in the response %d %s", name, got, want, r.Status, r.Body)
		}
	}
}

// checkQuotaExhausted checks that the next message of the user is refused, and returns the response.
func (d device) checkQuotaExhausted(room string) client.Response {
	d.Helper()
	r := d.postMessage(room, "one more")
	checkError(d.TB, r, http.StatusTooManyRequests, "quota_exhausted")
	return r
}

func checkRetryAfter(t *testing.T, r client.Response, want string) {
	t.Helper()
	if got := r.Header.Get("Retry-After"); got != want {
		t.Errorf("Retry-After = %q, want %s", got, want)
	}
}

func TestFiveMessagesADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t))
		room := d.NewRoom("r")
		time.Sleep(6*time.Hour + 500*time.Millisecond)
		const reset = "64800" // 18 h; half a second less, rounded up
		for sent := range 5 {
			checkRateLimitHeaders(t, d.postMessage(room, "hello"), 4-sent, reset)
		}
		for range 2 {
			refused := d.checkQuotaExhausted(room)
			checkRetryAfter(t, refused, reset)
			checkRateLimitHeaders(t, refused, 0, reset)
			checkFields(t, refused, map[string]string{
				"detail": "Daily message limit reached (5/day for Basic tier). Upgrade to Pro. " +
					"POST /subscribe/pro returns the URL of the checkout page. Without Pro, " +
					"the next messages are available at midnight UTC (2000-01-02T00:00:00Z), in 18 hours.",
			})
		}
		checkFields(t, d.Want(http.StatusOK, "GET", "/subscribe/status", nil), map[string]string{
			"messages_used_today": "5",
			"messages_remaining":  "0",
			"resets_at":           "2000-01-02T00:00:00Z",
		})
	})
}

func TestTheDailyLimitIsConfigurable(t *testing.T) {
	_, d := startLoggedIn(t, config(t, "BASIC_DAILY_LIMIT", "1"))
	room := d.NewRoom("r")
	d.Send(room, "hello")
	refused := d.checkQuotaExhausted(room)
	const want = "Daily message limit reached (1/day for Basic tier). Upgrade to Pro. "
	if detail := refused.Field("detail"); !strings.HasPrefix(detail, want) {
		t.Errorf("the detail is %q, want one that begins with %q", detail, want)
	}
}

func TestTheDayEndsAtMidnightUTC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"))
		room := d.NewRoom("r")
		sleepUntil(midnight(1).Add(-time.Microsecond))
		for sent := range 5 {
			r := d.postMessage(room, "hello")
			checkRateLimitHeaders(t, r, 4-sent, "1")
			checkFields(t, r, map[string]string{"created_at": "2000-01-01T23:59:59.999999Z"})
		}
		checkRetryAfter(t, d.checkQuotaExhausted(room), "1")
		sleepUntil(midnight(1))
		d.checkMessageCount(0)
		checkRateLimitHeaders(t, d.postMessage(room, "hello"), 4, "86400")
		d.checkMessageCount(1)
	})
}

// A message counts for the day on which it was sent. When its reply fails on the next
// day, the quota unit of the first day is refunded.
func TestARefundIsForTheDayOfTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		failing := fake.NewEcho(fake.EchoOptions{
			Latency: 10 * time.Second,
			Script: func(chat.Prompt, int) fake.EchoAnswer {
				return fake.EchoAnswer{Text: "no", Failure: &reply.Failure{Code: reply.CodeBlocked}}
			},
		})
		_, d := startLoggedIn(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "10000"), boot.Use(store), boot.Use(failing))
		userID := d.userID()
		checkCounts := func(firstDay, secondDay int) {
			t.Helper()
			checkStoredCount(t, store, userID, midnight(0), firstDay)
			checkStoredCount(t, store, userID, midnight(1), secondDay)
		}
		sleepUntil(midnight(1).Add(-5 * time.Second))
		rooms := []string{d.NewRoom("a"), d.NewRoom("b")}
		first := d.Send(rooms[0], "of the first day")
		d.checkMessageCount(1)
		sleepUntil(midnight(1).Add(time.Second))
		second := d.Send(rooms[1], "of the second day")
		checkFields(t, d.Wait(first), map[string]string{"status": "failed"})
		if time.Now().Before(midnight(1)) {
			t.Fatal("the first reply failed on the first day, want it to fail on the second")
		}
		checkCounts(0, 1)
		d.Wait(second)
		checkCounts(0, 0)
		d.checkMessageCount(0)
	})
}

// checkStoredCount checks how many messages of a day the store counts for a user.
func checkStoredCount(t *testing.T, store *memory.Store, userID id.ID, day time.Time, want int) {
	t.Helper()
	got, err := memory.MessageCounts{Store: store}.Count(t.Context(), userID, quota.DayOf(day))
	if err != nil || got != want {
		t.Errorf("messages counted on %s = %d, error %v; want %d", day.Format(time.DateOnly), got, err, want)
	}
}

func TestDeletingARoomRefundsNothing(t *testing.T) {
	_, d := startLoggedIn(t, config(t))
	room := d.NewRoom("r")
	d.Wait(d.Send(room, "hello"))
	d.Want(http.StatusNoContent, "DELETE", "/chatroom/"+room, nil)
	d.checkMessageCount(1)
}
