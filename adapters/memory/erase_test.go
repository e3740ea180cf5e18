package memory_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// The test searches the whole store with reflection, so that it also finds data in
// fields that are added later.
func TestEraseLeavesNothing(t *testing.T) {
	s := memory.New()
	all := stores(s)
	erased, other := portstest.NewFullUser(t, all), portstest.NewFullUser(t, all)
	if err := all.Eraser.Erase(t.Context(), erased.User.ID, ports.KeepCounts{}); err != nil {
		t.Fatalf("erase the user: %v", err)
	}
	for _, text := range textsOf(other) {
		if !contains(reflect.ValueOf(s), text, map[uintptr]bool{}) {
			t.Errorf("the store no longer contains %s of the other user", text)
		}
	}
	portstest.ForgetErasures(t, all)
	for _, text := range textsOf(erased) {
		if contains(reflect.ValueOf(s), text, map[uintptr]bool{}) {
			t.Errorf("the store still contains %s of the erased user", text)
		}
	}
}

// textsOf returns texts that identify the user, one for each kind of data.
func textsOf(u portstest.FullUser) []string {
	return []string{
		string(u.User.ID),
		u.User.Number.String(),
		string(u.Room.ID),
		string(u.Done),
		string(u.Session.ID),
		u.Record.Customer,
	}
}

// contains reports whether the text occurs anywhere in a value. It follows each
// pointer once, and records it in followed.
func contains(v reflect.Value, text string, followed map[uintptr]bool) bool {
	switch v.Kind() {
	case reflect.String:
		return strings.Contains(v.String(), text)
	case reflect.Pointer:
		if v.IsNil() || followed[v.Pointer()] {
			return false
		}
		followed[v.Pointer()] = true
		return contains(v.Elem(), text, followed)
	case reflect.Struct:
		for i := range v.NumField() {
			if contains(v.Field(i), text, followed) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if contains(v.Index(i), text, followed) {
				return true
			}
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			if contains(entry.Key(), text, followed) || contains(entry.Value(), text, followed) {
				return true
			}
		}
	}
	return false
}
