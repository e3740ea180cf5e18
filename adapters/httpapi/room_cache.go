package httpapi

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/maypok86/otter/v2"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// maxRoomCacheBytes limits the memory of all cached responses.
	maxRoomCacheBytes = 16 << 20
	// maxOwnerBytes limits the cached responses of one user, so that a user with many pages
	// does not evict those of others.
	maxOwnerBytes = 128 << 10
	// ownerOverhead is about what the cache needs for a user besides the bodies.
	ownerOverhead = 512
	// maxAutomaticLength is the size of the bodies to which net/http adds Content-Length itself.
	// Then a response has at most 8 headers, and Go stores larger maps in a slower way.
	maxAutomaticLength = 2048
)

// The outcomes of a request for a response that may be cached.
const (
	cacheHit      = "hit"
	cacheMiss     = "miss"
	cacheBypassed = "bypassed" // changes by other processes may have been missed
)

// roomCache keeps responses that depend only on the rooms of a user, as they were sent. A
// response counts only for the version of the rooms from before the rooms were read.
// So a change during the read makes the response useless, and not wrong.
//
// All responses of a user are one entry, which expires ports.MaxRoomAge after its creation.
type roomCache struct {
	versions ports.RoomVersions
	count    func(outcome string)
	owners   *otter.Cache[id.ID, *ownerResponses]
}

// ownerResponses are the responses of a user for one version. They never change.
type ownerResponses struct {
	version   uint64
	bytes     int // of all bodies
	responses map[target]*cachedResponse
}

// target is the part of a request that selects a response.
type target struct{ path, query string }

// cachedResponse is the body of a response with the headers that depend on it. A header that
// the response does not have is nil.
type cachedResponse struct {
	contentType, length, link []string
	body                      []byte
}

// newRoomCache returns a cache. count is called with the outcome of each request.
func newRoomCache(versions ports.RoomVersions, count func(outcome string)) *roomCache {
	return &roomCache{
		versions: versions,
		count:    count,
		owners: otter.Must(&otter.Options[id.ID, *ownerResponses]{
			MaximumWeight:    maxRoomCacheBytes,
			Weigher:          func(_ id.ID, o *ownerResponses) uint32 { return uint32(o.bytes + ownerOverhead) },
			ExpiryCalculator: otter.ExpiryCreating[id.ID, *ownerResponses](ports.MaxRoomAge),
		}),
	}
}

// close ends the goroutine that removes expired responses. The cache can still be used.
func (c *roomCache) close() { c.owners.StopAllGoroutines() }

// serve is the middleware of routes that may be cached. It must come after authenticate.
func (c *roomCache) serve(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	owner := userOf(ctx.Context())
	version, known := c.versions.Version(owner)
	if !known {
		c.count(cacheBypassed)
		next(ctx)
		return
	}
	wanted := target{r.URL.Path, r.URL.RawQuery}
	if cached := c.get(owner, version, wanted); cached != nil {
		c.count(cacheHit)
		cached.write(w)
		return
	}
	c.count(cacheMiss)
	recorder := &responseRecorder{humaContext: ctx}
	next(recorder)
	if now, known := c.versions.Version(owner); known && now == version && recorder.Status() == http.StatusOK {
		c.put(owner, version, wanted, newCachedResponse(w.Header(), recorder.body.Bytes()))
	}
}

// get returns a response for this version of the rooms, or nil.
func (c *roomCache) get(owner id.ID, version uint64, wanted target) *cachedResponse {
	cached, ok := c.owners.GetIfPresent(owner)
	if !ok || cached.version != version {
		return nil
	}
	return cached.responses[wanted]
}

// put adds a response. If the user then has too many, the others are dropped.
func (c *roomCache) put(owner id.ID, version uint64, wanted target, r *cachedResponse) {
	if len(r.body) > maxOwnerBytes {
		return
	}
	added := &ownerResponses{version: version, bytes: len(r.body), responses: map[target]*cachedResponse{}}
	old, ok := c.owners.GetIfPresent(owner)
	if ok && old.version == version && old.bytes+len(r.body) <= maxOwnerBytes {
		added.bytes += old.bytes
		maps.Copy(added.responses, old.responses)
	}
	added.responses[target{strings.Clone(wanted.path), strings.Clone(wanted.query)}] = r // not the whole request
	c.owners.Set(id.ID(strings.Clone(string(owner))), added)
}

func newCachedResponse(h http.Header, body []byte) *cachedResponse {
	r := &cachedResponse{contentType: h["Content-Type"], link: h["Link"], body: body}
	if len(body) > maxAutomaticLength {
		r.length = []string{strconv.Itoa(len(body))}
	}
	return r
}

// write sends the response.
func (r *cachedResponse) write(w http.ResponseWriter) {
	h := w.Header()
	h["Content-Type"] = r.contentType
	if r.length != nil {
		h["Content-Length"] = r.length
	}
	if r.link != nil {
		h["Link"] = r.link
	}
	_, _ = w.Write(r.body) // fails only when the client has disconnected
}

// responseRecorder is a huma.Context that also records the body of the response.
type responseRecorder struct {
	humaContext
	body bytes.Buffer
}

// BodyWriter implements huma.Context.
func (r *responseRecorder) BodyWriter() io.Writer {
	return io.MultiWriter(r.humaContext.BodyWriter(), &r.body)
}

// Unwrap returns the recorded context, for humachi.Unwrap.
func (r *responseRecorder) Unwrap() huma.Context { return r.humaContext }
