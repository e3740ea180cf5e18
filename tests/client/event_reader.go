package client

import (
	"bufio"
	"io"
	"strings"
)

// Event is a server-sent event.
type Event struct {
	ID   string // "" for an event without an id
	Name string
	Data string
}

// eventReader reads the format text/event-stream (WHATWG HTML, section 9.2.6).
type eventReader struct {
	r       *bufio.Reader
	started bool // a line was read
	afterCR bool // the last line ended with \r: a \n that follows belongs to its end
	lastID  string
	retry   string // the last value of the field retry
	pending Event  // the fields of the next event, without data
	data    []string
}

func newEventReader(r io.Reader) *eventReader { return &eventReader{r: bufio.NewReader(r)} }

// next returns the next event that has data. It fails with the error of the reader, which is
// io.EOF at the end. It ignores an event that the end cuts off.
func (e *eventReader) next() (Event, error) {
	for {
		line, err := e.line()
		if err != nil {
			return Event{}, err
		}
		if line != "" {
			e.field(line)
			continue
		}
		event, data := e.pending, e.data
		e.pending, e.data = Event{}, nil
		if len(data) > 0 {
			event.Data = strings.Join(data, "\n")
			return event, nil
		}
	}
}

// waitID reads up to the first id. The event with this id comes with next if it has data.
func (e *eventReader) waitID() error {
	for e.lastID == "" {
		line, err := e.line()
		if err != nil {
			return err
		}
		e.field(line)
	}
	return nil
}

// field reads a field of the next event. It ignores unknown fields and comments.
func (e *eventReader) field(line string) {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch {
	case name == "id" && !strings.Contains(value, "\x00"):
		e.pending.ID = value
		e.lastID = value
	case name == "event":
		e.pending.Name = value
	case name == "data":
		e.data = append(e.data, value)
	case name == "retry":
		e.retry = value
	}
}

// line returns the next line without its end, which is \n, \r or \r\n. It fails at the end,
// also when the last line has no end.
func (e *eventReader) line() (string, error) {
	var line strings.Builder
	for {
		b, err := e.r.ReadByte()
		if err != nil {
			return "", err
		}
		skip := e.afterCR && b == '\n'
		e.afterCR = b == '\r'
		switch {
		case skip:
		case b == '\r' || b == '\n':
			return e.withoutMark(line.String()), nil
		default:
			line.WriteByte(b)
		}
	}
}

// withoutMark removes the byte order mark from the first line.
func (e *eventReader) withoutMark(line string) string {
	if e.started {
		return line
	}
	e.started = true
	return strings.TrimPrefix(line, "\ufeff")
}
