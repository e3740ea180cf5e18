package chat_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
)

func TestARoomUpdateChangesOnlyTheSettingsThatItHas(t *testing.T) {
	old := chat.Room{ID: "room", Name: "Owls", SystemPrompt: "Answer as an owl.", Rev: 7}
	for _, c := range []struct {
		update             chat.RoomUpdate
		name, systemPrompt string
	}{
		{chat.RoomUpdate{}, "Owls", "Answer as an owl."},
		{chat.RoomUpdate{Name: new("Bats")}, "Bats", "Answer as an owl."},
		{chat.RoomUpdate{SystemPrompt: new("Answer as a bat.")}, "Owls", "Answer as a bat."},
		{chat.RoomUpdate{SystemPrompt: new("")}, "Owls", ""},
		{chat.RoomUpdate{Name: new("Bats"), SystemPrompt: new("Squeak.")}, "Bats", "Squeak."},
	} {
		want := old
		want.Name = c.name
		want.SystemPrompt = c.systemPrompt
		if got := c.update.Apply(old); got != want {
			t.Errorf("the updated room is %+v, want %+v", got, want)
		}
	}
}
