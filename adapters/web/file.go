package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// contentTypes are the types of the files by extension. The types of package mime depend
// on the machine.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// file is a file in both encodings.
type file struct {
	contentType string
	hash        string // of plain
	plain       []byte
	gzipped     []byte
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	return file{
		contentType: contentTypes[path.Ext(name)],
		hash:        hex.EncodeToString(sum[:8]),
		plain:       content,
		gzipped:     compress(content),
	}
}

// compress returns the content in the encoding gzip.
func compress(content []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	must(err)
	_, err = w.Write(content)
	must(err)
	must(w.Close())
	return b.Bytes()
}

// serve sends the file with a value for Cache-Control. The two encodings have different
// ETags, because they have different bytes (RFC 9110, section 8.8.3.3).
func (f file) serve(w http.ResponseWriter, r *http.Request, caching string) {
	h := w.Header()
	h.Set("Cache-Control", caching)
	h.Set("Content-Type", f.contentType)
	h.Add("Vary", "Accept-Encoding")
	content := f.plain
	tag := f.hash
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		content = f.gzipped
		tag += "-gzip"
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// acceptsGzip reports whether the header Accept-Encoding names gzip with a weight above 0.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, err := mime.ParseMediaType(part)
		if err != nil || coding != "gzip" && coding != "x-gzip" {
			continue
		}
		weight, err := strconv.ParseFloat(params["q"], 64)
		return params["q"] == "" || err == nil && weight > 0
	}
	return false
}
