package client

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestEventsAreReadAsBrowsersReadThem(t *testing.T) {
	hello := []Event{{ID: "1", Name: "m", Data: "hello"}}
	for name, c := range map[string]struct {
		stream string
		want   []Event
	}{
		"line ends of Unix":             {"id: 1\nevent: m\ndata: hello\n\n", hello},
		"line ends of Windows":          {"id: 1\r\nevent: m\r\ndata: hello\r\n\r\n", hello},
		"line ends of old Macs":         {"id: 1\revent: m\rdata: hello\r\r", hello},
		"a byte order mark":             {"\ufeffid: 1\nevent: m\ndata: hello\n\n", hello},
		"no space after the colon":      {"id:1\nevent:m\ndata:hello\n\n", hello},
		"comments and unknown fields":   {": x\nid: 1\nfoo: bar\nevent: m\ndata: hello\n\n", hello},
		"a NUL in an id":                {"id: 1\nid: 2\x00\nevent: m\ndata: hello\n\n", hello},
		"several lines of data":         {"data: a\ndata:  b\ndata\n\n", []Event{{Data: "a\n b\n"}}},
		"an event without data":         {"event: m\nid: 1\n\ndata: x\n\n", []Event{{Data: "x"}}},
		"an event without a blank line": {"data: x\n", nil},
		"a line without an end":         {"data: x\n\ndata: y", []Event{{Data: "x"}}},
	} {
		for _, stream := range []io.Reader{
			strings.NewReader(c.stream),
			iotest.OneByteReader(strings.NewReader(c.stream)),
		} {
			var got []Event
			reader := newEventReader(stream)
			e, err := reader.next()
			for ; err == nil; e, err = reader.next() {
				got = append(got, e)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, io.EOF) {
				t.Errorf("%s: error %v, events (-want +got):\n%s", name, err, diff)
			}
		}
	}
}

func TestTheLastIDIsKeptByEventsWithoutAnID(t *testing.T) {
	reader := newEventReader(strings.NewReader("retry: 1000\n\nid: 1\ndata: x\n\ndata: y\n\nid: 2\n\ndata: z\n\n"))
	for _, want := range []string{"1", "1", "2"} {
		if _, err := reader.next(); err != nil || reader.lastID != want {
			t.Errorf("last id = %q, error %v; want %q", reader.lastID, err, want)
		}
	}
	again := newEventReader(strings.NewReader("retry: 1\n\nid: 3\nevent: m\ndata: x\n\n"))
	if err := again.waitID(); err != nil || again.lastID != "3" {
		t.Errorf("first id = %q, error %v; want 3", again.lastID, err)
	}
	if got, err := again.next(); err != nil || got != (Event{ID: "3", Name: "m", Data: "x"}) {
		t.Errorf("event of the first id = %+v, error %v; want all its fields", got, err)
	}
	if reader.retry != "1000" {
		t.Errorf("retry = %q, want 1000", reader.retry)
	}
}
