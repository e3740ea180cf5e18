package chat_test

import (
	"crypto/sha256"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
)

func TestRequestHashesDifferByOperationMessageAndText(t *testing.T) {
	seen := map[[32]byte]string{}
	for name, hash := range map[string][32]byte{
		"a draft":                               chat.HashDraft("one"),
		"a draft with another text":             chat.HashDraft("two"),
		"an edit":                               chat.HashEdit("p", "one"),
		"an edit with another text":             chat.HashEdit("p", "two"),
		"an edit of another prompt":             chat.HashEdit("q", "one"),
		"a retry":                               chat.HashRetry("p"),
		"a retry of another reply":              chat.HashRetry("q"),
		"a draft with the words of an edit":     chat.HashDraft("edit p one"),
		"a draft with the words of a retry":     chat.HashDraft("retry p"),
		"an edit whose text starts with its id": chat.HashEdit("", "p one"),
	} {
		if other, ok := seen[hash]; ok {
			t.Errorf("%s and %s have the same hash, want different ones", name, other)
		}
		seen[hash] = name
	}
}

// The store has keys of earlier versions.
func TestTheHashOfADraftIsThatOfItsText(t *testing.T) {
	if got, want := chat.HashDraft("one"), sha256.Sum256([]byte("one")); got != want {
		t.Errorf("the hash of a draft is %x, want the SHA-256 of its text, %x", got, want)
	}
}
