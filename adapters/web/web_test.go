package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/web"
)

// page is shared by the tests, because it compresses its files.
var page = web.New()

// get requests a path from the page. headers are names and values.
func get(path string, headers ...string) *http.Response {
	return request(http.MethodGet, path, headers...)
}

func request(method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, r *http.Response) []byte {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("reading the body: %v", err)
	}
	return body
}

func wantHeader(t *testing.T, r *http.Response, what, name, want string) {
	t.Helper()
	if got := r.Header.Get(name); got != want {
		t.Errorf("%s: %s = %q, want %q", what, name, got, want)
	}
}

// assetAddress finds the addresses of the files in the page.
var assetAddress = regexp.MustCompile(`(?:src|href)="(assets/[0-9a-f]{16}/[a-z.-]+)"`)

// assetPaths returns the paths of the files that the page names.
func assetPaths(t *testing.T) (paths []string) {
	t.Helper()
	for _, found := range assetAddress.FindAllSubmatch(bodyOf(t, get("/")), -1) {
		paths = append(paths, "/"+string(found[1]))
	}
	if len(paths) < 10 {
		t.Fatalf("the page names the files %q, want at least 10", paths)
	}
	return paths
}

func TestThePageIsHTMLThatBrowsersRevalidate(t *testing.T) {
	r := get("/")
	wantHeader(t, r, "the page", "Content-Type", "text/html; charset=utf-8")
	wantHeader(t, r, "the page", "Cache-Control", "no-cache")
	again := get("/", "If-None-Match", r.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || len(bodyOf(t, again)) > 0 {
		t.Errorf("status with the ETag of the page = %d, want 304 without a body", again.StatusCode)
	}
}

func TestAllFilesOfThePageExistAndAreCachedForAYear(t *testing.T) {
	types := map[string]string{
		".css": "text/css; charset=utf-8",
		".js":  "text/javascript; charset=utf-8",
		".svg": "image/svg+xml",
	}
	for _, path := range assetPaths(t) {
		r := get(path)
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, want 200", path, r.StatusCode)
		}
		wantHeader(t, r, path, "Content-Type", types[path[strings.LastIndex(path, "."):]])
		wantHeader(t, r, path, "Cache-Control", "public, max-age=31536000, immutable")
	}
}

// A style sheet that is missing from the list would have no effect.
func TestAllStyleSheetsAreServed(t *testing.T) {
	sheets, err := filepath.Glob("static/*.css")
	if err != nil || len(sheets) == 0 {
		t.Fatalf("listing the style sheets: %v, %d found", err, len(sheets))
	}
	served := string(bodyOf(t, get("/assets/x/style.css")))
	for _, name := range sheets {
		content, err := os.ReadFile(name)
		if err != nil || !strings.Contains(served, string(content)) {
			t.Errorf("style.css does not contain %s (%v)", name, err)
		}
	}
}

// During a deployment, the page may come from another version of the program.
func TestAFileUnderAnotherHashIsServedButNotCachedForLong(t *testing.T) {
	r := get("/assets/0123456789abcdef/app.js")
	if r.StatusCode != http.StatusOK {
		t.Errorf("status under another hash = %d, want 200", r.StatusCode)
	}
	wantHeader(t, r, "another hash", "Cache-Control", "no-cache")
}

func TestUnknownFilesAreNotFound(t *testing.T) {
	folder := strings.TrimSuffix(assetPaths(t)[0], "icon.svg")
	for _, name := range []string{"", "nope.js", "index.html", "base.css", "../web.go"} {
		path := folder + name
		if r := get(path); r.StatusCode != http.StatusNotFound || r.Header.Get("Cache-Control") != "" {
			t.Errorf("%s: status %d and Cache-Control %q, want 404 without caching",
				path, r.StatusCode, r.Header.Get("Cache-Control"))
		}
	}
}

func TestThePolicyAllowsOnlyOwnFilesAndNoInlineCode(t *testing.T) {
	for _, path := range append(assetPaths(t), "/", "/nope") {
		r := get(path)
		wantHeader(t, r, path, "X-Content-Type-Options", "nosniff")
		if strings.HasSuffix(path, ".js") || strings.HasSuffix(path, ".css") {
			continue // browsers apply the policy of the page
		}
		csp := r.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none';", "script-src 'self';", "require-trusted-types-for"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: Content-Security-Policy = %q, want %q in it", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: Content-Security-Policy = %q, want nothing unsafe and no other site", path, csp)
		}
	}
}

func TestThePageHasNoInlineScriptOrStyle(t *testing.T) {
	html := string(bodyOf(t, get("/")))
	for _, banned := range []string{"<style", " style=", " onclick=", "javascript:", "<script>", "//cdn", "{{"} {
		if strings.Contains(html, banned) {
			t.Errorf("the page contains %q, which its policy blocks or which is not rendered", banned)
		}
	}
}

// Only html.js may create HTML from text, because it gets only text that the server has sanitised.
func TestOnlyOneScriptCreatesHTML(t *testing.T) {
	sinks := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|DOMParser|document\.write|` +
		`createContextualFragment|srcdoc|setHTML|eval\(|new Function|createPolicy`)
	for _, path := range assetPaths(t) {
		if strings.HasSuffix(path, ".js") && !strings.HasSuffix(path, "/html.js") {
			if found := sinks.Find(bodyOf(t, get(path))); found != nil {
				t.Errorf("%s uses %s, want it in html.js only", path, found)
			}
		}
	}
}

func TestGzipIsSentOnlyToClientsThatAcceptIt(t *testing.T) {
	for accept, encoding := range map[string]string{
		"":                    "",
		"br":                  "",
		"gzip;q=0":            "",
		"gzip;q=x":            "",
		"gzip":                "gzip",
		"br, gzip;q=0.5":      "gzip",
		"gzip, deflate, zstd": "gzip",
	} {
		wantHeader(t, get("/", "Accept-Encoding", accept), accept, "Content-Encoding", encoding)
	}
}

func TestBothEncodingsHaveTheSameContentAndTheirOwnETag(t *testing.T) {
	for _, path := range append(assetPaths(t), "/") {
		plain, zipped := get(path), get(path, "Accept-Encoding", "gzip")
		if plain.Header.Get("ETag") == zipped.Header.Get("ETag") {
			t.Errorf("%s: both encodings have the ETag %s, want different ones", path, plain.Header.Get("ETag"))
		}
		reader, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatalf("%s: reading gzip: %v", path, err)
		}
		unzipped, err := io.ReadAll(reader)
		if err != nil || !bytes.Equal(unzipped, bodyOf(t, plain)) {
			t.Errorf("%s: the content of gzip differs (%v), want the same", path, err)
		}
		wantHeader(t, plain, path, "Vary", "Accept-Encoding")
	}
}

func TestHEADHasTheHeadersOfGET(t *testing.T) {
	for _, path := range []string{"/", assetPaths(t)[0]} {
		want, got := get(path), request(http.MethodHead, path)
		if len(bodyOf(t, got)) > 0 || got.StatusCode != http.StatusOK {
			t.Errorf("HEAD %s: status %d with a body, want 200 without", path, got.StatusCode)
		}
		for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Cache-Control"} {
			wantHeader(t, got, "HEAD "+path, name, want.Header.Get(name))
		}
	}
}

// The first load of the page is small enough for a phone on a slow network.
func TestTheFirstLoadTakesLessThan100KB(t *testing.T) {
	const headers = 300 // bytes of a response, about
	total := 0
	for _, path := range append(assetPaths(t), "/") {
		total += headers + len(bodyOf(t, get(path, "Accept-Encoding", "gzip")))
	}
	if total > 100_000 {
		t.Errorf("the first load takes %d bytes, want at most 100,000", total)
	}
}
