package sim

import (
	"fmt"
	"net/http"
	"path"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// logIn repeats the login until it has a token. A code may be lost, or be used up by a login
// whose response was lost.
func (u *person) logIn() {
	number := object{"mobile_number": fmt.Sprintf("+1%07d000", 2_000_000+u.n)}
	for u.token == "" {
		if sent, ok := u.insist(http.MethodPost, "/auth/send-otp", number); ok && sent.Status == http.StatusOK {
			number["otp"] = sent.Field("otp")
			a, _ := u.insist(http.MethodPost, "/auth/verify-otp", number)
			u.token, u.refreshToken = a.Field("access_token"), a.Field("refresh_token")
			delete(number, "otp")
		}
		time.Sleep(time.Minute)
	}
	for u.id == "" {
		if me, ok := u.insist(http.MethodGet, "/user/me", nil); ok {
			u.id = id.ID(me.Field("id"))
		}
	}
}

// refresh exchanges the refresh token, sometimes in several requests at the same time. All of them must
// return the same successor, also when responses are lost.
func (u *person) refresh() {
	body := object{"refresh_token": u.refreshToken}
	successors := make(chan string)
	n := 1 + u.rng.IntN(3)
	for range n {
		go func() {
			next := ""
			if a, ok := u.insist(http.MethodPost, "/auth/refresh", body); ok {
				u.expect(a, "refresh", http.StatusOK)
				next = a.Field("refresh_token")
			}
			successors <- next
		}()
	}
	for range n {
		next := <-successors
		if next == "" {
			continue // no response arrived; the old token still works
		}
		if u.refreshToken != body["refresh_token"] && u.refreshToken != next {
			u.w.violate("a refresh token has two successors")
		}
		u.refreshToken = next
		u.w.count("refreshes")
	}
}

// address is the person's IP address.
func (u *person) address() string { return fmt.Sprintf("198.51.100.%d", u.n) }

// upgrade pays for Pro. The API must report Pro within 5 minutes, even if webhooks are lost.
func (u *person) upgrade() {
	if u.isPro {
		return
	}
	a, ok := u.insist(http.MethodPost, "/subscribe/pro", nil)
	if !ok || a.Status != http.StatusCreated {
		return
	}
	if _, err := u.w.payments.Pay(path.Base(a.Field("url"))); err != nil {
		u.w.violate("pay: %v", err)
		return
	}
	for range 10 {
		time.Sleep(30 * time.Second)
		if a, ok := u.insist(http.MethodGet, "/subscribe/status", nil); ok && a.Field("tier") == "Pro" {
			u.isPro = true
			u.w.count("upgrades")
			return
		}
	}
	u.w.violate("no Pro 5 minutes after the payment")
}

func (u *person) browse() {
	if a, ok := u.insist(http.MethodGet, "/chatroom", nil); ok {
		u.expect(a, "list rooms", http.StatusOK)
	}
	if a, ok := u.insist(http.MethodGet, "/user/me", nil); ok {
		u.expect(a, "show the user", http.StatusOK)
	}
}
