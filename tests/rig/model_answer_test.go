//go:build linux

package rig

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestTheModelAnswersWithoutStreaming(t *testing.T) {
	m := NewModel(t, nil)
	const body = `{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}`
	res, err := http.Post(m.URL+"/v1beta/models/a:generateContent", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatalf("call the model: %v", err)
	}
	defer res.Body.Close()
	var answer struct{ Candidates []struct{ Content content } }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatalf("decode the answer: %v", err)
	}
	if len(answer.Candidates) != 1 || answer.Candidates[0].Content.Parts[0]["text"] != Answer("hello") {
		t.Errorf("the model answered %+v, want one candidate with %q", answer, Answer("hello"))
	}
}
