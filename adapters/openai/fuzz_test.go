package openai_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
)

func FuzzAnswer(f *testing.F) {
	const usage = `data: {"choices":[],"usage":{"prompt_tokens":1}}` + "\n\n"
	const toolCalls = `"tool_calls":[{"index":"","function":[]}]`
	f.Add(200, `data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}`+"\n\n"+usage+done)
	f.Add(200, `data: {"choices":[{"delta":{"refusal":"no"},"finish_reason":"content_filter"}]}`+"\r\n\r\n")
	f.Add(200, "event: x\ndata: "+`{"choices":[{"delta":{`+toolCalls+`,"content":"\ud800`+"\xff"+
		`"},"logprobs":{"content":[{}]}}],"usage":1}`+"\n\n")
	f.Add(200, `data: {"error":{"code":1e400,"metadata":{"reasons":[]}}}`+"\n\n")
	f.Add(429, `{"error":{"type":"insufficient_quota","code":[null]}}`)
	f.Add(500, "<html>")
	llmtest.FuzzAnswer(f, provider{})
}
