package httpapi

import (
	"bytes"
	"strconv"

	"github.com/kuvaka-tech/parley/core/fault"
)

// checkSurrogates fails with an invalid field if a JSON text escapes half of a surrogate pair, such
// as \ud800. Such a text has no encoding in UTF-8, so it could not be stored as it was sent
// (RFC 8259, 8.2): encoding/json replaces it with U+FFFD. field is the name for the error.
func checkSurrogates(field string, valid []byte) error {
	for {
		start := bytes.IndexByte(valid, '\\')
		if start < 0 {
			return nil
		}
		length := escapeLength(valid[start:])
		if length == 0 {
			return fault.InvalidField(fieldName(field),
				`must not have half of a surrogate pair (\ud800 to \udfff); escape both halves, such as \ud83d\ude00`)
		}
		valid = valid[start+length:]
	}
}

// escapeLength returns how many bytes the escape sequence has with which a valid JSON text begins,
// or 0 for half of a surrogate pair.
func escapeLength(valid []byte) int {
	const unit = len(`\ud800`)
	first := escapedUnit(valid)
	switch {
	case first < 0:
		return len(`\n`)
	case first < 0xD800 || first > 0xDFFF:
		return unit
	case first >= 0xDC00:
		return 0
	}
	second := escapedUnit(valid[unit:])
	if second < 0xDC00 || second > 0xDFFF {
		return 0
	}
	return 2 * unit
}

// escapedUnit returns the number in an escape sequence such as \ud800, and -1 if the text begins
// with something else.
func escapedUnit(text []byte) int64 {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseInt(string(text[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return n
}
