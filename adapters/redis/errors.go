package redis

import (
	"errors"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// isAvailable reports whether Redis serves this client, given the error of a call,
// which may be nil. An error reply also shows that Redis serves the client, unless the
// server is loading its data, accepts no writes, or rejects the login.
func isAvailable(err error) bool {
	switch errorCode(err) {
	case "LOADING", "READONLY", "MASTERDOWN", "NOAUTH", "WRONGPASS":
		return false
	case "":
		return err == nil
	}
	return true
}

// errorCode returns the first word of an error reply, such as WRONGTYPE, or ""
// if err is not an error reply
// (redis.io/docs/latest/develop/reference/protocol-spec, "Simple errors").
func errorCode(err error) string {
	var reply goredis.Error
	if !errors.As(err, &reply) {
		return ""
	}
	code, _, _ := strings.Cut(reply.Error(), " ")
	return code
}

// AuthErrorCode returns NOAUTH, WRONGPASS or NOPERM if Redis rejected the login
// or the user's permissions, and "" for any other error. The rest of such an error
// is not safe to print: it can contain the user's name.
func AuthErrorCode(err error) string {
	switch code := errorCode(err); code {
	case "NOAUTH", "WRONGPASS", "NOPERM":
		return code
	}
	return ""
}
