package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
)

// huma creates its validation errors through these package variables. It has no
// other way to set an error type.
func init() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false // in the OpenAPI document
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return newProblem(context.Background(), validationError(status, errs))
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return newProblem(ctx.Context(), validationError(status, errs))
	}
}

// errNumberRange is the error for well-formed JSON that huma's decoder rejects. Only
// a number that is out of range causes this.
var errNumberRange = fault.InvalidField("body", "must not contain a number that is out of range")

// validationError returns the error for a request that huma rejects with a status
// and a list of failures.
func validationError(status int, errs []error) error {
	switch {
	case status == http.StatusBadRequest:
		return errNumberRange
	case hasEmptyPathParameter(errs):
		return chat.ErrNotFound
	case status == http.StatusUnprocessableEntity:
		return invalidFields(errs)
	}
	return errors.Join(errs...)
}

// hasEmptyPathParameter reports whether an id in the path is empty.
func hasEmptyPathParameter(errs []error) bool {
	var d huma.ErrorDetailer
	return len(errs) > 0 && errors.As(errs[0], &d) && strings.HasPrefix(d.ErrorDetail().Location, "path.")
}

// invalidFields returns the error that lists the broken rules, which are huma's
// messages. It leaves out huma's values, because they repeat the input.
func invalidFields(errs []error) *fault.Error {
	f := *errInvalidRequest
	f.Fields = nil
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			f.Fields = append(f.Fields, invalidField(d.ErrorDetail()))
		}
	}
	return &f
}

// invalidField converts one failure. For a missing field huma reports the
// location of its parent and names the field only in the message.
func invalidField(d *huma.ErrorDetail) fault.Field {
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		return fault.Field{Name: strings.TrimSuffix(name, " to be present"), Rule: "is required"}
	}
	return fault.Field{Name: fieldName(d.Location), Rule: d.Message}
}

// maxFieldName is the maximum length, in bytes, of a field name in an error response.
const maxFieldName = 100

// fieldName returns the name of the field at a location: "name" for "body.name".
func fieldName(location string) string {
	for _, part := range []string{"body.", "query.", "path.", "header."} {
		location = strings.TrimPrefix(location, part)
	}
	return cmp.Or(location[:min(maxFieldName, len(location))], "body")
}
