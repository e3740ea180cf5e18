package httpclient_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
)

const mebibyte = 1 << 20

// serveMebibytes answers with the status and as many MiB as the query asks for.
func serveMebibytes(w http.ResponseWriter, r *http.Request) {
	status, _ := strconv.Atoi(r.URL.Query().Get("status"))
	w.WriteHeader(status)
	size, _ := strconv.Atoi(r.URL.Query().Get("size"))
	chunk := make([]byte, mebibyte)
	for range size {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func TestBodyIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(serveMebibytes))
	defer server.Close()
	client := httpclient.New(server.Client().Transport)
	for _, c := range []struct {
		query    string
		complete bool
		want     int64 // bytes that can be read
	}{
		{"status=200&size=60", true, 60 * mebibyte},
		{"status=200&size=80", false, 64 * mebibyte},
		{"status=500&size=0", true, 0},
		{"status=500&size=3", false, mebibyte},
		{"status=302&size=3", false, mebibyte},
	} {
		res, err := client.Get(server.URL + "?" + c.query)
		if err != nil {
			t.Fatalf("GET ?%s: %v", c.query, err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if n != c.want {
			t.Errorf("GET ?%s: read %d bytes, want %d", c.query, n, c.want)
		}
		var tooLong httpclient.Error
		if c.complete && err != nil || !c.complete && !errors.As(err, &tooLong) {
			t.Errorf("GET ?%s: reading failed with %v, want an httpclient.Error only above the limit", c.query, err)
		}
	}
}
