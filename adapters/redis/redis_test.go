package redis

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/logtest"
)

// Package rig starts a goroutine that never ends, before TestMain.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// patience is how long tests wait for something that should happen soon, also on a loaded machine.
const patience = 20 * time.Second

// sharedServer returns a client of the server that all tests share, and a prefix
// for the keys of this test. It deletes those keys after the test.
func sharedServer(t *testing.T) (*goredis.Client, string) {
	t.Helper()
	client, name := connect(t, portstest.Infrastructure(t, "TEST_REDIS_URL")), "test:"+rand.Text()
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatalf("connecting to TEST_REDIS_URL: %v", err)
	}
	t.Cleanup(func() { deleteKeys(t, client, name) })
	return client, name
}

func connect(t *testing.T, address string) *goredis.Client {
	t.Helper()
	client, err := Open(address, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("opening a client: %v", err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// deleteKeys deletes the test's keys. It fails the test if one has no TTL.
func deleteKeys(t *testing.T, client *goredis.Client, name string) {
	ctx := context.Background()
	keys := client.Scan(ctx, 0, name+"*", 1000).Iterator()
	for keys.Next(ctx) {
		if ttl := client.TTL(ctx, keys.Val()).Val(); ttl == -1 {
			t.Errorf("key %s has no TTL", strings.TrimPrefix(keys.Val(), name))
		}
		client.Del(ctx, keys.Val())
	}
	if err := keys.Err(); err != nil {
		t.Errorf("scanning the test's keys: %v", err)
	}
}

func newID(t testing.TB) id.ID {
	t.Helper()
	made, err := id.New(time.Now(), rand.Reader)
	if err != nil {
		t.Fatalf("making an id: %v", err)
	}
	return made
}

func TestRejectedLoginIsLoggedWithoutThePassword(t *testing.T) {
	address, err := url.Parse(portstest.Infrastructure(t, "TEST_REDIS_URL"))
	if err != nil {
		t.Fatal("TEST_REDIS_URL is not a URL")
	}
	address.User = url.UserPassword("nobody-"+rand.Text(), "s3cret")
	log := new(logtest.Buffer)
	client, err := Open(address.String(), log.Logger())
	if err != nil {
		t.Fatalf("Open failed before it connects: %v", err)
	}
	t.Cleanup(func() { client.Close() })
	if code := AuthErrorCode(client.Ping(t.Context()).Err()); code != "WRONGPASS" {
		t.Errorf("AuthErrorCode = %q, want WRONGPASS", code)
	}
	if log.Count("level=WARN") != 1 || log.Count("s3cret") != 0 {
		t.Errorf("log = %s, want one warning without the password", log)
	}
}

func TestOpenErrorHasNoPassword(t *testing.T) {
	for _, address := range []string{
		"redis://:s3cret@host:port/0",
		"http://:s3cret@host",
		"redis://:s3/cret@host",
		"redis://u:s3cret@h/zero",
		"s3cret",
	} {
		client, err := Open(address, slog.New(slog.DiscardHandler))
		if client != nil || err == nil {
			t.Errorf("Open(%q) returned no error", address)
		} else if strings.Contains(err.Error(), "s3") {
			t.Errorf("Open(%q) failed with the password in %q", address, err)
		}
	}
}
