package client

import "slices"

// Message is a message as the API shows it.
type Message struct {
	ID         string `json:"id"`
	ChatroomID string `json:"chatroom_id"`
	Content    string `json:"content"`
	IsFromUser bool   `json:"is_from_user"`
	Status     string `json:"status"`
	InReplyTo  string `json:"in_reply_to"`
	Error      *struct {
		Code string `json:"code"`
	} `json:"error"`
	Versions  int    `json:"versions"`
	CreatedAt string `json:"created_at"`
}

// IsFinal reports whether the message is done, failed or cancelled.
func (m Message) IsFinal() bool {
	return slices.Contains([]string{"done", "failed", "cancelled"}, m.Status)
}

// Room is a room as the API shows it.
type Room struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	SystemPrompt string `json:"system_prompt"` // "" for null
	CreatedAt    string `json:"created_at"`
	UpdatedAt    string `json:"updated_at"`
}
