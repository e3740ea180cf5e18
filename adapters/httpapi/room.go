package httpapi

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// Room is a chatroom as clients see it.
type Room struct {
	ID           roomID    `json:"id"`
	Name         string    `json:"name" doc:"Empty until there is a title." example:"AI Assistant Chat"`
	SystemPrompt *string   `json:"system_prompt" doc:"Instructions for the model." example:"Answer briefly."`
	Model        *string   `json:"model" doc:"Null means that the server chooses." example:"gemini-2.5-flash"`
	CreatedAt    time.Time `json:"created_at" example:"2026-01-05T09:30:00Z"`
	UpdatedAt    time.Time `json:"updated_at" doc:"When the user last sent a message." example:"2026-01-05T09:30:00Z"`
}

func newRoom(r chat.Room) Room {
	room := Room{
		ID:        roomID(r.ID),
		Name:      r.Name,
		CreatedAt: r.Created,
		UpdatedAt: r.Updated,
	}
	if r.SystemPrompt != "" {
		room.SystemPrompt = &r.SystemPrompt
	}
	return room
}

// RoomIn is the id of a chatroom in the path of several routes.
type RoomIn struct {
	ID string `path:"id" doc:"The id of the chatroom." example:"01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f"`
}

// RoomSettings is the body of a request that creates or changes a chatroom.
type RoomSettings struct {
	Name         *string      `json:"name,omitempty" doc:"1 to 100 characters, trimmed." example:"AI Assistant Chat"`
	SystemPrompt systemPrompt `json:"system_prompt,omitzero" nullable:"true"`
}

// update returns the settings that the body has.
func (s RoomSettings) update() chat.RoomUpdate {
	return chat.RoomUpdate{Name: s.Name, SystemPrompt: s.SystemPrompt.Sent}
}

// RoomSettingsIn is a request with the settings of a chatroom.
type RoomSettingsIn struct {
	Body RoomSettings
}

type updateRoomIn struct {
	RoomIn
	RoomSettingsIn
}

type roomOut struct{ Body Room }

type createdRoomOut struct {
	Location string `header:"Location" doc:"The path of the chatroom."`
	Body     Room
}

func newRoomOut(r chat.Room, err error) (*roomOut, error) {
	if err != nil {
		return nil, err
	}
	return &roomOut{newRoom(r)}, nil
}
