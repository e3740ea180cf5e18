package flow

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// The hook does not answer for the numbers of one area. Everybody else gets a code at once,
// also while their SMS are tried again.
func TestAHookThatHangsForSomeNumbersDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phones := newFakePhones()
		p := startWithPhones(t, phones)
		phones.hangsFor.Store("+1416")
		began := time.Now()
		for i := range 60 {
			for office := 200; office < 203 && i < 20; office++ {
				p.newDevice().requestText("send-otp", fmt.Sprintf("+1416%d%04d", office, i))
			}
			n := client.Number()
			p.newDevice().requestText("send-otp", n)
			phones.nextCode(t, n)
			checkElapsed(t, began, time.Duration(i)*time.Second, time.Duration(i)*time.Second)
			time.Sleep(time.Second)
		}
		phones.hangsFor.Store("")
		time.Sleep(2 * time.Minute) // until the last retries
	})
}
