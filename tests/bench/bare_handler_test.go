//go:build linux

package bench

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// bareAddr is the variable that makes the test binary serve the bare handler.
const bareAddr = "PARLEY_BENCH_BARE"

// barePage is what the bare handler writes.
var barePage = bytes.Repeat([]byte("x"), 200)

// serveBare serves a chi handler that verifies an HS256 token and writes 200 bytes. It is the
// limit to which cached reads are compared.
func serveBare(addr string) {
	r := chi.NewRouter()
	r.Get("/chatroom", func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("Authorization")
		token = token[min(len(token), len("Bearer ")):]
		key := func(*jwt.Token) (any, error) { return []byte(secret), nil }
		if _, err := jwt.Parse(token, key, jwt.WithValidMethods([]string{"HS256"})); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(barePage)
	})
	_ = http.ListenAndServe(addr, r)
}

// startBare runs the bare handler as a separate process and returns its URL.
func startBare(t testing.TB) string {
	t.Helper()
	addr := rig.Loopback(rig.Port(t))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), bareAddr+"="+addr)
	rig.Spawn(t, cmd)
	rig.Eventually(t, 5*time.Second, "the bare handler answers", func() bool {
		res, err := http.Get("http://" + addr + "/chatroom")
		if err != nil {
			return false
		}
		return res.Body.Close() == nil
	})
	return "http://" + addr
}
