package flow

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// fakeVersions is a ports.RoomVersions with one version for all users.
type fakeVersions struct {
	version atomic.Uint64
	unknown atomic.Bool
}

// Version implements ports.RoomVersions.
func (v *fakeVersions) Version(id.ID) (uint64, bool) { return v.version.Load(), !v.unknown.Load() }

// countedRooms is a ports.Rooms that counts the reads. If pause is set, it waits after a list
// was read and before List returns.
type countedRooms struct {
	ports.Rooms
	reads atomic.Int64
	pause func()
}

// List implements ports.Rooms.
func (r *countedRooms) List(ctx context.Context, owner id.ID, at *ports.RoomCursor, limit int) (chat.RoomPage, error) {
	r.reads.Add(1)
	rooms, err := r.Rooms.List(ctx, owner, at, limit)
	if r.pause != nil {
		r.pause()
	}
	return rooms, err
}

// Get implements ports.Rooms.
func (r *countedRooms) Get(ctx context.Context, owner, roomID id.ID) (chat.Room, error) {
	r.reads.Add(1)
	return r.Rooms.Get(ctx, owner, roomID)
}

// cachingUser is a user of a program that caches responses with rooms.
type cachingUser struct {
	device
	program  *program
	versions *fakeVersions
	rooms    *countedRooms
}

func startWithCache(t *testing.T) cachingUser {
	t.Helper()
	u := cachingUser{versions: &fakeVersions{}, rooms: &countedRooms{}}
	u.program = startWithMetrics(t,
		boot.Use[ports.RoomVersions](u.versions),
		boot.Wrap(func(r ports.Rooms) ports.Rooms {
			u.rooms.Rooms = r
			return u.rooms
		}))
	u.device = u.program.tcpDevice().Login(client.Number())
	return u
}

// wantReads requests rooms and checks how often the store is read.
func (u cachingUser) wantReads(want int64, path string) client.Response {
	u.Helper()
	before := u.rooms.reads.Load()
	r := u.Want(http.StatusOK, "GET", path, nil)
	if got := u.rooms.reads.Load() - before; got != want {
		u.Errorf("GET %s read the store %d times, want %d", path, got, want)
	}
	return r
}

func TestARepeatedRequestForRoomsReadsNothing(t *testing.T) {
	u := startWithCache(t)
	paths := []string{"/chatroom/" + u.NewRoom("a"), "/chatroom", "/chatroom?limit=1", "/chatroom?limit=2"}
	u.NewRoom("b")
	for _, path := range paths {
		first := u.wantReads(1, path)
		checkSameResponse(t, u.wantReads(0, path), first)
		head := u.Want(http.StatusOK, "HEAD", path, nil)
		if len(head.Body) > 0 || head.Header.Get("Link") != first.Header.Get("Link") {
			t.Errorf("HEAD %s = %q with the headers %v, want no body and the headers of GET",
				path, head.Body, head.Header)
		}
	}
	u.versions.version.Add(1)
	for _, path := range paths {
		u.wantReads(1, path)
	}
	u.program.checkMetrics(map[string]float64{
		`parley_room_cache_total{outcome="hit"}`:      8,
		`parley_room_cache_total{outcome="miss"}`:     8,
		`parley_room_cache_total{outcome="bypassed"}`: 0,
	})
}

// checkSameResponse checks that a cached response is the first one, apart from the headers
// that belong to one request.
func checkSameResponse(t *testing.T, cached, first client.Response) {
	t.Helper()
	for _, r := range []client.Response{first, cached} {
		for _, name := range []string{"Date", requestIDHeader, "Content-Length"} {
			r.Header.Del(name)
		}
	}
	if string(cached.Body) != string(first.Body) {
		t.Errorf("the cached body is %q, want %q", cached.Body, first.Body)
	}
	if diff := cmp.Diff(first.Header, cached.Header); diff != "" {
		t.Errorf("the headers of the cached response differ (-want +got):\n%s", diff)
	}
}

func TestRoomsAreReadAgainWhileChangesMayBeMissed(t *testing.T) {
	u := startWithCache(t)
	u.wantReads(1, "/chatroom")
	u.versions.unknown.Store(true)
	for range 3 {
		u.wantReads(1, "/chatroom")
	}
	u.versions.unknown.Store(false)
	u.wantReads(0, "/chatroom")
	u.program.checkMetrics(map[string]float64{`parley_room_cache_total{outcome="bypassed"}`: 3})
}

func TestCachedRoomsAreShownOnlyToTheirUser(t *testing.T) {
	u := startWithCache(t)
	path := "/chatroom/" + u.NewRoom("a")
	u.wantReads(1, path)
	u.wantReads(1, "/chatroom")
	stranger := u.program.tcpDevice().Login(client.Number())
	stranger.Want(http.StatusNotFound, "GET", path, nil)
	if list, _ := stranger.listRooms("/chatroom"); len(list) > 0 {
		t.Errorf("a stranger sees %v, want no rooms", list)
	}
	u.Want(http.StatusNoContent, "POST", "/auth/logout", nil)
	u.Want(http.StatusUnauthorized, "GET", "/chatroom", nil)
	u.Want(http.StatusUnauthorized, "GET", path, nil)
}

func TestInvalidRequestsForRoomsAreRefusedAlsoWithACache(t *testing.T) {
	u := startWithCache(t)
	for range 2 {
		u.Want(http.StatusOK, "GET", "/chatroom", nil)
		for _, query := range []string{"limit=0", "limit=", "cursor=x", "%zz"} {
			u.Want(http.StatusUnprocessableEntity, "GET", "/chatroom?"+query, nil)
		}
		u.Want(http.StatusNotFound, "GET", "/chatroom/x", nil)
	}
}

// A read that began before a change may end after it.
func TestASlowReadOfRoomsDoesNotHideAChange(t *testing.T) {
	u := startWithCache(t)
	read, resume := make(chan struct{}), make(chan struct{})
	u.rooms.pause = sync.OnceFunc(func() { close(read); <-resume })
	slow := make(chan string)
	go func() {
		r, err := u.Call("GET", "/chatroom", nil)
		if err != nil {
			t.Errorf("list rooms: %v", err)
		}
		slow <- string(r.Body)
	}()
	<-read
	u.NewRoom("new")
	u.versions.version.Add(1)
	close(resume)
	if body := <-slow; body != "[]\n" {
		t.Errorf("the slow read shows %q, want the empty list from before the change", body)
	}
	for range 2 {
		if list, _ := u.listRooms("/chatroom"); roomNames(list) != "new" {
			t.Errorf("rooms after the change = %q, want new", roomNames(list))
		}
	}
}
