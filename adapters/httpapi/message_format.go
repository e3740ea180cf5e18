package httpapi

import (
	"runtime"
	"slices"

	"github.com/kuvaka-tech/parley/core/chat"
)

// FormatIn is the query parameter format of the routes that show messages.
type FormatIn struct {
	Format string `query:"format" enum:"html" doc:"html adds content_html to finished replies."`
}

const formatDoc = "With format=html, a reply that is done or cancelled also has its content, which is Markdown, " +
	"as HTML that is safe to insert into a page: no scripts, images, styles or forms, and HTML in the content is " +
	"shown as text. A list has it for the last replies with together at most 1 MiB of content; request others alone."

// maxRenderedBytes limits the texts that one list renders, because the worst take 40 ms for 100 KB.
const maxRenderedBytes = 1 << 20

// rendering has an element for each text that is being rendered. A text needs many times its length
// in memory. Half of the CPUs remain for other requests.
var rendering = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))

// htmlOf returns the text of a finished reply as HTML. It returns nil for other messages, and
// for a client that does not want HTML.
func (in *FormatIn) htmlOf(m chat.Message) *safeHTML {
	isFinished := m.Status == chat.Done || m.Status == chat.Cancelled
	if in.Format == "" || m.FromUser || !isFinished {
		return nil
	}
	rendering <- struct{}{}
	defer func() { <-rendering }()
	rendered := safeHTML(renderMarkdown(m.Content))
	return &rendered
}

// listHTML returns htmlOf for each message. It starts at the last one, and returns nil for the
// messages before maxRenderedBytes of text.
func (in *FormatIn) listHTML(messages []chat.Message) []*safeHTML {
	rendered := make([]*safeHTML, len(messages))
	left := maxRenderedBytes
	for i, m := range slices.Backward(messages) {
		left -= len(m.Content)
		if left >= 0 {
			rendered[i] = in.htmlOf(m)
		}
	}
	return rendered
}
