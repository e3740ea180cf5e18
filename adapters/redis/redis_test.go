package redis

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server connects to the server that all tests share, and returns a name for the keys of this one.
func server(t *testing.T) (*goredis.Client, string) {
	t.Helper()
	client, name := connect(t, portstest.Infrastructure(t, "TEST_REDIS_URL")), "test:"+rand.Text()
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatalf("TEST_REDIS_URL cannot be reached: %v", err)
	}
	t.Cleanup(func() { sweep(t, client, name) })
	return client, name
}

func connect(t *testing.T, url string) *goredis.Client {
	t.Helper()
	client, err := Open(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// sweep removes the test's keys, and looks that all of them would have gone by themselves.
func sweep(t *testing.T, client *goredis.Client, name string) {
	ctx := context.Background()
	keys := client.Scan(ctx, 0, name+"*", 1000).Iterator()
	for keys.Next(ctx) {
		if ttl := client.TTL(ctx, keys.Val()).Val(); ttl == -1 {
			t.Errorf("%s never expires", strings.TrimPrefix(keys.Val(), name))
		}
		client.Del(ctx, keys.Val())
	}
	if err := keys.Err(); err != nil {
		t.Error(err)
	}
}

func newID(t testing.TB) id.ID {
	t.Helper()
	made, err := id.New(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// eventually waits until something holds, for as long as a loaded machine may need.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// journal is a log that a test reads while others write to it.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(what string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), what)
}

func (j *journal) log() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

// A real server's refusal of a login is one, and is told of.
func TestALoginThatIsRefused(t *testing.T) {
	at, err := url.Parse(portstest.Infrastructure(t, "TEST_REDIS_URL"))
	if err != nil {
		t.Fatal("TEST_REDIS_URL is no URL")
	}
	at.User = url.UserPassword("nobody-"+rand.Text(), "s3cret")
	log := new(journal)
	client, err := Open(at.String(), log.log())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if err := client.Ping(t.Context()).Err(); Refused(err) != "WRONGPASS" || log.count("level=WARN") != 1 || log.count("s3cret") != 0 {
		t.Errorf("%v; the log says %s", err, log.text.String())
	}
}

func TestOpenTellsNoPassword(t *testing.T) {
	for _, url := range []string{"redis://:s3cret@host:port/0", "http://:s3cret@host", "redis://:s3/cret@host", "redis://u:s3cret@h/zero", "s3cret"} {
		client, err := Open(url, slog.New(slog.DiscardHandler))
		if err == nil || strings.Contains(err.Error(), "s3") || client != nil {
			t.Errorf("%v", err)
		}
	}
}
