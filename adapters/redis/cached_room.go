package redis

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// maxPageBytes is the maximum size of a cached page. Without it, an owner of long system
// prompts could fill Redis with a large page for each limit.
const maxPageBytes = 128 << 10

// cachedRoom is a chat.Room with JSON tags. The types must have the same fields, so
// that one can be converted to the other. A change of the fields requires another name
// for pages, see pageField.
type cachedRoom struct {
	ID           id.ID     `json:"id"`
	Owner        id.ID     `json:"owner"`
	Name         string    `json:"name"`
	SystemPrompt string    `json:"system_prompt"`
	Created      time.Time `json:"created"`
	Updated      time.Time `json:"updated"`
	Rev          int64     `json:"rev"`
}

// pageField returns the field of the hash with the page of a limit. Earlier versions of Parley
// named it by the limit alone, and their pages have no system prompts. With another name,
// versions that run together during a deploy do not read the pages of each other. They still
// share the hash, so a write by one version invalidates the pages of all.
func pageField(limit int) string { return "v2:" + strconv.Itoa(limit) }

func encodeRooms(rooms []chat.Room) ([]byte, error) {
	page := make([]cachedRoom, len(rooms))
	for i, r := range rooms {
		page[i] = cachedRoom(r)
	}
	return json.Marshal(page)
}

func decodeRooms(encoded string) (rooms []chat.Room, ok bool) {
	var page []cachedRoom
	if json.Unmarshal([]byte(encoded), &page) != nil {
		return nil, false
	}
	rooms = make([]chat.Room, len(page))
	for i, r := range page {
		rooms[i] = chat.Room(r)
	}
	return rooms, true
}
