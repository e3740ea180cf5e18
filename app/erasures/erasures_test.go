package erasures_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/erasures"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

const (
	ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"
	bob id.ID = "01890a5d-ac96-774b-bcce-b302099a8058"
)

// adasErasure is the line of an erasure.
const adasErasure = "2026-03-01T12:00:00.123456Z " + string(ada) + "\n"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

// harness is a Service on a store with two users, who have a session each.
type harness struct {
	*erasures.Service
	store *memory.Store
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	s := memory.New()
	h := &harness{store: s, Service: erasures.New(erasures.Config{
		Erasures: memory.Erasures{Store: s},
		Eraser:   memory.Eraser{Store: s},
		Sessions: memory.Sessions{Store: s},
	})}
	for number, userID := range map[string]id.ID{"+15550001000": ada, "+15550001001": bob} {
		n, err := phone.Parse(number)
		h.noError(t, err)
		_, err = memory.Users{Store: s}.AddProven(t.Context(), user.User{ID: userID, Number: n, Proven: noon})
		h.noError(t, err)
		opened := session.Session{ID: userID, User: userID, Opened: noon, Expires: noon.Add(time.Hour)}
		h.noError(t, memory.Sessions{Store: s}.Open(t.Context(), opened, session.DeviceID(userID)))
	}
	return h
}

func (h *harness) noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// checkUser checks whether an account exists, and whether its session is alive and its device known.
func (h *harness) checkUser(t *testing.T, userID id.ID, exists, alive bool) {
	t.Helper()
	_, err := memory.Users{Store: h.store}.Get(t.Context(), userID)
	if (err == nil) != exists {
		t.Errorf("account %s: %v, want it to exist: %t", userID, err, exists)
	}
	err = memory.Sessions{Store: h.store}.Alive(t.Context(), userID, noon)
	if (err == nil) != alive {
		t.Errorf("session of %s: %v, want it alive: %t", userID, err, alive)
	}
	_, err = memory.Devices{Store: h.store}.Find(t.Context(), session.DeviceID(userID), noon)
	if (err == nil) != alive {
		t.Errorf("device of %s: %v, want it known: %t", userID, err, alive)
	}
}

func (h *harness) checkExport(t *testing.T, want string) {
	t.Helper()
	var out bytes.Buffer
	n, err := h.Export(t.Context(), &out)
	if err != nil || out.String() != want || n != strings.Count(want, "\n") {
		t.Errorf("Export wrote %q, %d erasures, %v; want %q", out.String(), n, err, want)
	}
}

func TestApplyErasesTheListedAccountsAndEndsAllSessions(t *testing.T) {
	h := newHarness(t)
	list := "2026-02-01T12:00:00Z 01890a5d-ac96-774b-bcce-b302099a8059\n\n" + adasErasure + adasErasure
	result, err := h.Apply(t.Context(), strings.NewReader(list))
	if want := (erasures.Result{Listed: 3, Erased: 1}); err != nil || result != want {
		t.Errorf("Apply = %+v, %v, want %+v", result, err, want)
	}
	h.checkUser(t, ada, false, false)
	h.checkUser(t, bob, true, false)
}

// A later backup of the same database must not bring the account back, either.
func TestApplyKeepsTheList(t *testing.T) {
	h := newHarness(t)
	for range 2 {
		_, err := h.Apply(t.Context(), strings.NewReader(adasErasure))
		h.noError(t, err)
		h.checkExport(t, adasErasure)
	}
}

func TestAnInvalidListChangesNothing(t *testing.T) {
	for name, list := range map[string]string{
		"an id that was cut off": adasErasure + adasErasure[:len(adasErasure)-5],
		"no id":                  "2026-03-01T12:00:00Z\n",
		"no time":                string(ada) + "\n",
		"another time":           "yesterday " + string(ada) + "\n",
		"another file":           "PGDMP\x01\x0e\x00\n",
		"three fields":           strings.TrimSpace(adasErasure) + " more\n",
	} {
		h := newHarness(t)
		_, err := h.Apply(t.Context(), strings.NewReader(list))
		if err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: Apply = %v, want an error that names the line", name, err)
		}
		h.checkUser(t, ada, true, true)
		h.checkExport(t, "")
	}
}

// failingWriter is a full disk.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestExportFailsIfTheListCannotBeWritten(t *testing.T) {
	h := newHarness(t)
	h.noError(t, memory.Erasures{Store: h.store}.Add(context.Background(), []user.Erasure{{User: ada, At: noon}}))
	if _, err := h.Export(t.Context(), failingWriter{}); err == nil {
		t.Error("Export succeeded, want an error: the list is incomplete")
	}
}
