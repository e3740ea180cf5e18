package outgoing_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/kuvaka-tech/parley/ports/outgoing"
)

func TestAnswersAreBounded(t *testing.T) {
	const MiB = 1 << 20
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.WriteHeader(status)
		size, _ := strconv.Atoi(r.URL.Query().Get("size"))
		for chunk := make([]byte, MiB); size > 0; size-- {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	client := outgoing.Client(server.Client().Transport)
	for _, c := range []struct {
		query string
		whole bool
		most  int64
	}{
		{"status=200&size=60", true, 60 * MiB}, {"status=200&size=80", false, 64 * MiB},
		{"status=500&size=0", true, 0}, {"status=500&size=3", false, MiB}, {"status=302&size=3", false, MiB},
	} {
		res, err := client.Get(server.URL + "?" + c.query)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		var flaw outgoing.Flaw
		if n != c.most || c.whole != (err == nil) || !c.whole && !errors.As(err, &flaw) {
			t.Errorf("%s: %d bytes and %v", c.query, n, err)
		}
	}
}
