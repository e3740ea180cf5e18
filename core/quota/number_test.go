package quota_test

import (
	"bytes"
	"testing"

	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
)

func TestANumberMACDependsOnTheNumberAndTheSecret(t *testing.T) {
	ada, _ := phone.Parse("+12025550100")
	bob, _ := phone.Parse("+12025550101")
	key, other := quota.NewNumberKey([]byte("secret")), quota.NewNumberKey([]byte("other"))
	mac := key.MAC(ada)
	if mac != quota.NewNumberKey([]byte("secret")).MAC(ada) {
		t.Error("two MACs of one number and secret differ, want the same")
	}
	if mac == key.MAC(bob) || mac == other.MAC(ada) {
		t.Error("the MACs of two numbers, or under two secrets, are equal")
	}
	if bytes.Contains(mac[:], []byte(ada.String())) {
		t.Error("the MAC contains the number")
	}
}
