package httpapi

import (
	"encoding/json"
	"fmt"
)

// jsonStream writes a JSON document in parts. After the first error it does nothing.
type jsonStream struct {
	write    func(part []byte) error
	part     []byte
	hasEntry bool // the object or array has an entry, so that a comma follows
	err      error
}

// maxJSONPart is the length at which a part is written.
const maxJSONPart = 32 << 10

// open begins an object or an array, as an entry.
func (s *jsonStream) open(bracket byte) {
	s.comma()
	s.part = append(s.part, bracket)
	s.hasEntry = false
}

// close ends an object or an array.
func (s *jsonStream) close(bracket byte) {
	s.part = append(s.part, bracket)
	s.hasEntry = true
	if len(s.part) >= maxJSONPart {
		s.flush()
	}
}

// name begins a member of an object. Its value must follow.
func (s *jsonStream) name(name string) {
	s.value(name)
	s.part = append(s.part, ':')
	s.hasEntry = false
}

// value writes an entry.
func (s *jsonStream) value(v any) {
	encoded, err := json.Marshal(v)
	if err != nil {
		s.fail(fmt.Errorf("encoding an entry: %w", err))
		return
	}
	s.comma()
	s.part = append(s.part, encoded...)
	s.hasEntry = true
	if len(s.part) >= maxJSONPart {
		s.flush()
	}
}

// members writes the fields of a struct as members of the open object.
func (s *jsonStream) members(v any) {
	encoded, err := json.Marshal(v)
	if err != nil {
		s.fail(fmt.Errorf("encoding members: %w", err))
		return
	}
	s.comma()
	s.part = append(s.part, encoded[1:len(encoded)-1]...) // without the brackets
	s.hasEntry = true
}

// member writes a member of an object.
func (s *jsonStream) member(name string, v any) {
	s.name(name)
	s.value(v)
}

func (s *jsonStream) comma() {
	if s.hasEntry {
		s.part = append(s.part, ',')
	}
}

// flush writes what has not been written yet.
func (s *jsonStream) flush() {
	if s.err == nil {
		s.fail(s.write(s.part))
	}
	s.part = s.part[:0]
}

// fail stores the first error.
func (s *jsonStream) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}
