package smshook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/phone"
)

// envelope is the payload's shape, as the specification recommends it.
type envelope struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of Send, the same for every try
	Data      data      `json:"data"`
}

type data struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

func encode(to phone.Number, words string, now time.Time) ([]byte, error) {
	payload, err := json.Marshal(envelope{"sms.send", now.UTC(), data{to.String(), words}})
	if err != nil {
		return nil, fmt.Errorf("encoding a text: %w", err)
	}
	return payload, nil
}

// sign is the webhook-signature of a payload, of the symmetric scheme v1.
func sign(key []byte, id, at string, payload []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, payload)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
