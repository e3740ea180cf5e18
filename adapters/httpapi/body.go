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

// maxBody is the most bytes a body may have.
const maxBody = 1 << 20

// Refusals of a body before its rules are looked at.
var (
	errMalformed = fault.New(fault.Malformed, "malformed_body", "The body is not whole, well-formed JSON in UTF-8.")
	errTooLarge  = fault.New(fault.TooLarge, "body_too_large", "The body has more than 1 MiB.")
	errMediaType = fault.New(fault.Unsupported, "unsupported_media_type", "The body must be application/json in UTF-8.")
)

// bodied is a context whose body has been read.
type bodied struct {
	humaContext
	body []byte
}

type humaContext huma.Context // embedded under another name than that of its method Context

func (b bodied) BodyReader() io.Reader { return bytes.NewReader(b.body) }
func (b bodied) Unwrap() huma.Context  { return b.humaContext }

// gate reads a body and refuses what huma would let pass or answer otherwise.
func gate(check func(body []byte) ([]byte, error)) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		body, err := readBody(w, r)
		if err == nil {
			body, err = check(body)
		}
		if err != nil {
			problem(ctx.Context(), err).write(w)
			return
		}
		next(bodied{ctx, body})
	}
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, errMalformed
	}
	return body, nil
}

// someBody refuses an empty body, whatever it should be.
func someBody(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, errMalformed
	}
	return body, nil
}

// onlyJSON refuses other media types before the body is read. huma knows one spelling only.
func onlyJSON(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	if !isJSON(r.Header.Values("Content-Type")) {
		problem(ctx.Context(), errMediaType).write(w)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	next(ctx)
}

// jsonBody refuses, in this order, what is not JSON, and nulls.
func jsonBody(body []byte) ([]byte, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errMalformed
	}
	return noNulls(body)
}

func isJSON(contentTypes []string) bool {
	if len(contentTypes) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(contentTypes[0])
	charset, named := params["charset"]
	return err == nil && media == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

// noNulls refuses null for a field, which huma takes for an optional one left
// out. Of fields with one name it leaves the last: huma looks at all.
func noNulls(body []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return body, nil // no object: huma says so
	}
	for name, value := range fields {
		if string(value) == "null" {
			return nil, fault.Breaks(fieldName(name), "must not be null")
		}
	}
	return json.Marshal(fields)
}
