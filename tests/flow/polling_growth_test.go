package flow

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestAPollingClientSeesTheTextGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		_, r := d.listMessages(messagesOf(room))
		reply := d.Send(room, "hello")
		view := client.NewView()
		var texts []string
		for next := r.Link("monitor"); !isFinal(reply)(view); {
			time.Sleep(490 * time.Millisecond)
			page, r := d.listMessages(next)
			if len(page) == 0 && r.Link("monitor") != next {
				t.Errorf("monitor link of a page without changes = %s, want %s again", r.Link("monitor"), next)
			}
			view.Load(page)
			next = r.Link("monitor")
			texts = append(texts, view.Messages[messageID(reply)].Content)
		}
		d.checkView(view, reply)
		distinct := slices.Compact(slices.Clone(texts))
		if len(distinct) != fiveWords.words+1 {
			t.Errorf("%d polls have returned the texts %q, want one more after each word", len(texts), distinct)
		}
	})
}

func TestAChangedTextComesAfterOtherChangesOfItsPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		room := d.NewRoom("r")
		running := d.Send(room, "one")
		time.Sleep(1500 * time.Millisecond)
		_, r := d.listMessages(messagesOf(room))
		d.Send(room, "two")
		time.Sleep(time.Second)
		page, r := d.listMessages(r.Link("monitor"))
		if got, want := summary(page), "two:done reply:queued reply:running"; got != want {
			t.Errorf("changes = %q, want %q", got, want)
		}
		if last := page[len(page)-1]; last.ID != messageID(running) || last.Content != "word-0\nword-1\n" {
			t.Errorf("last change = %+v, want the running reply with its two words", last)
		}
		if page, _ := d.listMessages(r.Link("monitor")); len(page) != 0 {
			t.Errorf("changes after all of them = %q, want none", summary(page))
		}
	})
}
