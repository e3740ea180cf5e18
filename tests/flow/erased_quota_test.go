package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/tests/client"
)

// loginAgain logs in with a number whose account was erased.
func (p *program) loginAgain(number string) device {
	p.t.Helper()
	time.Sleep(time.Second) // the next code is available then
	return p.tcpDevice().Login(number)
}

// A user gets neither new messages nor new refunds by erasing the account.
func TestErasingTheAccountStartsNoNewQuota(t *testing.T) {
	variables := []string{"BASIC_DAILY_LIMIT", "2", "DAILY_REFUNDS", "1", "RATE_LIMITS", ""}
	p := start(t, config(t, variables...), withLLM(modelFunc(blockedModel)))
	number := client.Number()
	d := p.tcpDevice().Login(number)
	path := d.Send(d.NewRoom("r"), "hello")
	d.Wait(path)
	d.checkMessageCount(0)
	d.Send(d.NewRoom("r"), "hello")
	d.eraseAccount()

	next := p.loginAgain(number)
	next.checkMessageCount(1)
	room := next.NewRoom("r")
	next.Wait(next.Send(room, "hello"))
	next.checkMessageCount(2)
	next.checkQuotaExhausted(room)
	next.eraseAccount()

	last := p.loginAgain(number)
	last.checkMessageCount(2)
	last.checkQuotaExhausted(last.NewRoom("r"))
	last.Want(http.StatusOK, "GET", "/user/me", nil)
}

// The quota of the next day is new. A rotation of the key does not change the quota of the day.
func TestTheQuotaOfAnErasedAccountEndsWithTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stores := newSharedStores()
		startWith := func(keys ...string) *program {
			c := config(t, append([]string{"ACCESS_TOKEN_EXPIRE_MINUTES", "10000"}, keys...)...)
			return start(t, c, stores.options(withLLM(meteredModel{usage: chat.Usage{In: 1}}))...)
		}
		const oldKey, newKey = "the old key of the server", "the new key of the server"
		before := startWith("SECRET_KEY", oldKey)
		number := client.Number()
		d := before.newDevice().Login(number)
		d.checkAnswer(d.Send(d.NewRoom("r"), "hello"), "well")
		d.eraseAccount()
		time.Sleep(time.Minute)
		after := startWith("SECRET_KEY", newKey, "SECRET_KEY_PREVIOUS", oldKey)
		again := after.newDevice().Login(number)
		again.checkMessageCount(1)
		again.eraseAccount()
		sleepUntil(midnight(1).Add(time.Minute))
		after.newDevice().Login(number).checkMessageCount(0)
	})
}
