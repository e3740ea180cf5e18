package memory_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// mentions says whether a text occurs anywhere in a value, however deep; seen are pointers followed.
func mentions(v reflect.Value, text string, seen map[uintptr]bool) bool {
	switch v.Kind() {
	case reflect.String:
		return strings.Contains(v.String(), text)
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return false
		}
		seen[v.Pointer()] = true
		return mentions(v.Elem(), text, seen)
	case reflect.Struct:
		for i := range v.NumField() {
			if mentions(v.Field(i), text, seen) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if mentions(v.Index(i), text, seen) {
				return true
			}
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			if mentions(entry.Key(), text, seen) || mentions(entry.Value(), text, seen) {
				return true
			}
		}
	}
	return false
}

// Whatever a store comes to keep, erasing a user leaves nothing of them in it.
func TestErasingLeavesNothing(t *testing.T) {
	s := memory.New()
	ports := open(s)
	life, other := portstest.NewLife(t, ports), portstest.NewLife(t, ports)
	if err := ports.Eraser.Erase(t.Context(), life.User.ID); err != nil {
		t.Fatal(err)
	}
	for _, of := range []struct {
		portstest.Life
		want bool
	}{{life, false}, {other, true}} {
		for _, text := range []string{string(of.User.ID), of.User.Number.String(), string(of.Room.ID), string(of.Done), string(of.Session.ID), of.Record.Customer} {
			if mentions(reflect.ValueOf(s), text, map[uintptr]bool{}) != of.want {
				t.Errorf("mentions %s: %v, want %v", text, !of.want, of.want)
			}
		}
	}
}
