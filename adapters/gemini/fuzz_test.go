package gemini_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
)

func FuzzAnswer(f *testing.F) {
	const retryInfo = `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"-1h"}`
	f.Add(200, `data: {"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]}`+"\n\n")
	f.Add(200, `data: {"promptFeedback":{"blockReason":"SAFETY"}}`+"\r\n\r\n")
	f.Add(200, `data: {"candidates":[{"citationMetadata":[]}],"usageMetadata":1}`+"\n\n")
	f.Add(200, `data: {"error":{"code":429,"details":[`+retryInfo+`]}}`+"\n\n")
	f.Add(429, `{"error":{"details":[null]}}`)
	f.Add(500, "<html>")
	llmtest.FuzzAnswer(f, provider{})
}
