package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/core/fault"
)

// maxBodyBytes is the maximum size of a request body.
const maxBodyBytes = 1 << 20

// contextWithBody is a context whose request body has been read.
type contextWithBody struct {
	humaContext
	body []byte
}

// humaContext renames huma.Context, whose name as an embedded field would collide with its method Context.
type humaContext huma.Context

// BodyReader implements huma.Context.
func (c contextWithBody) BodyReader() io.Reader { return bytes.NewReader(c.body) }

// Unwrap returns the original context, for humachi.Unwrap.
func (c contextWithBody) Unwrap() huma.Context { return c.humaContext }

// readBodyWith returns middleware that reads the body and calls check, which returns
// the body for huma, or an error. This rejects bodies that huma would accept, or would
// reject with another error.
func readBodyWith(check func(body []byte) ([]byte, error)) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		body, err := readBody(w, r)
		if err == nil {
			body, err = check(body)
		}
		if err != nil {
			writeError(ctx, err)
			return
		}
		next(contextWithBody{ctx, body})
	}
}

// readBody returns the body of a request. It fails with errBodyTooLarge, or with
// errMalformedBody when the connection breaks.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errBodyTooLarge
	}
	if err != nil {
		return nil, errMalformedBody
	}
	return body, nil
}

// checkNotEmpty is the check for a raw body. It fails with errMalformedBody.
func checkNotEmpty(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, errMalformedBody
	}
	return body, nil
}

// checkJSON is the check for a JSON body. It fails with errMalformedBody, or as
// normalize does.
func (f nullableFields) checkJSON(body []byte) ([]byte, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errMalformedBody
	}
	return f.normalize(body)
}

// normalize returns the body with one field of each name. Of several fields with the same
// name it keeps the last one, because huma would validate all of them. It fails with
// fault.Invalid when a field that is not nullable is null, because huma would treat the
// field as missing, and when a text has half of a surrogate pair.
func (f nullableFields) normalize(body []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return body, nil // not an object: huma rejects it
	}
	for name, value := range fields {
		if err := checkSurrogates(name, value); err != nil {
			return nil, err
		}
		if string(value) == "null" && !f[name] {
			return nil, fault.InvalidField(fieldName(name), "must not be null")
		}
	}
	return json.Marshal(fields)
}

// requireJSON rejects media types other than JSON in UTF-8 before the body is read. It
// normalizes the Content-Type, because huma accepts only one spelling of it.
func requireJSON(ctx huma.Context, next func(huma.Context)) {
	r, _ := humachi.Unwrap(ctx)
	if !isJSON(r.Header.Values("Content-Type")) {
		writeError(ctx, errMediaType)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	next(ctx)
}

// requireIdentity rejects a body with a content coding, such as gzip, before the body is read. The
// response names the only coding that is accepted (RFC 9110, section 12.5.3).
func requireIdentity(ctx huma.Context, next func(huma.Context)) {
	r, _ := humachi.Unwrap(ctx)
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Content-Encoding"), ","), ",") {
		coding = strings.TrimSpace(coding)
		if coding != "" && !strings.EqualFold(coding, identityCoding) {
			writeError(ctx, errorWithHeader{errContentEncoding, http.Header{"Accept-Encoding": {identityCoding}}})
			return
		}
	}
	next(ctx)
}

// identityCoding means that a body is not encoded (RFC 9110, section 8.4.1).
const identityCoding = "identity"

func isJSON(contentTypes []string) bool {
	if len(contentTypes) != 1 {
		return false
	}
	mediaType, params, err := mime.ParseMediaType(contentTypes[0])
	charset, hasCharset := params["charset"]
	return err == nil && mediaType == "application/json" && (!hasCharset || strings.EqualFold(charset, "utf-8"))
}
