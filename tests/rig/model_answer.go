//go:build linux

package rig

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// send sends a text as the called method does. Act.Every, Act.Amid and Act.OnPart are only for
// streams.
func send(w http.ResponseWriter, r *http.Request, act Act, text string) {
	if strings.HasSuffix(r.URL.Path, ":generateContent") {
		sendWhole(w, text)
		return
	}
	stream(w, r, act, act.parts(text))
}

// sendWhole sends a text in one response, as the method generateContent does.
func sendWhole(w http.ResponseWriter, text string) {
	whole, err := encode(text, true)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(whole)
}

// stream sends each part of a text as a chunk.
func stream(w http.ResponseWriter, r *http.Request, act Act, parts []string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for i, part := range parts {
		last := i == len(parts)-1
		if i > 0 && act.Every > 0 && !sleep(r, act.Every) {
			return
		}
		if last && !await(r, act.Amid) {
			return
		}
		if act.OnPart != nil {
			act.OnPart(i)
		}
		if err := sendChunk(w, part, last); err != nil {
			return
		}
	}
}

// sendChunk sends a chunk with a part of a text.
func sendChunk(w http.ResponseWriter, text string, last bool) error {
	chunk, err := encode(text, last)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "data: %s\r\n\r\n", chunk)
	return http.NewResponseController(w).Flush()
}

// encode returns a response with a text.
func encode(text string, last bool) ([]byte, error) {
	candidate := map[string]any{
		"index":   0,
		"content": content{Role: "model", Parts: []map[string]string{{"text": text}}},
	}
	if last {
		candidate["finishReason"] = "STOP"
	}
	return json.Marshal(map[string]any{
		"candidates":    []any{candidate},
		"usageMetadata": map[string]int{"promptTokenCount": 1, "candidatesTokenCount": 1},
	})
}
