package stripetest

import (
	"encoding/json"
	"net/http"
)

// apiError is an error response (docs.stripe.com/api/errors).
type apiError struct {
	status    int
	errorType string
	code      string
	param     string
	message   string
}

// invalidRequest returns the error of a request that Stripe rejects. code and param may be "".
func invalidRequest(status int, code, param, message string) *apiError {
	return &apiError{
		status:    status,
		errorType: "invalid_request_error",
		code:      code,
		param:     param,
		message:   message,
	}
}

func invalidInteger(param string) *apiError {
	return invalidRequest(http.StatusBadRequest, "parameter_invalid_integer", param, "Invalid integer")
}

// noSuch returns the error for the id of an object that does not exist. The status is
// 404 when the id is in the path (param is "id"), else 400.
func noSuch(objectType, id, param string) *apiError {
	status := http.StatusBadRequest
	if param == "id" {
		status = http.StatusNotFound
	}
	return invalidRequest(status, "resource_missing", param, "No such "+objectType+": '"+id+"'")
}

func (e apiError) response() response {
	fields := map[string]string{"type": e.errorType, "message": e.message}
	for name, value := range map[string]string{"code": e.code, "param": e.param} {
		if value != "" {
			fields[name] = value
		}
	}
	body, err := json.Marshal(map[string]any{"error": fields})
	if err != nil {
		panic("stripetest: encoding an error: " + err.Error())
	}
	return response{status: e.status, body: body}
}
