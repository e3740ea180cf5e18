package erasures

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
)

// parse reads a list of erasures. It ignores empty lines. An error names the first invalid line.
func parse(r io.Reader) (list []user.Erasure, err error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		e, err := parseLine(fields)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		list = append(list, e)
	}
	return list, lines.Err()
}

// parseLine parses the fields of one line: the time and the id.
func parseLine(fields []string) (e user.Erasure, err error) {
	if len(fields) != 2 {
		return e, fmt.Errorf("%d fields, want a time and an id", len(fields))
	}
	if e.At, err = time.Parse(time.RFC3339Nano, fields[0]); err != nil {
		return e, errors.New("the time is not in the format of RFC 3339")
	}
	userID, ok := id.Parse(fields[1])
	if !ok {
		return e, errors.New("the id is not one of an account")
	}
	e.User = userID
	return e, nil
}
