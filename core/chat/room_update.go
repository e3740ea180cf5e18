package chat

// RoomUpdate changes the settings of a room. A nil field remains unchanged.
type RoomUpdate struct {
	Name         *string
	SystemPrompt *string // a pointer to "" removes it
}

// Apply returns the room with the changed settings.
func (u RoomUpdate) Apply(r Room) Room {
	if u.Name != nil {
		r.Name = *u.Name
	}
	if u.SystemPrompt != nil {
		r.SystemPrompt = *u.SystemPrompt
	}
	return r
}
