package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/tests/client"
)

const (
	catFact     = "My cat is called Ferris."
	smallBudget = 1000
)

// summaryOfCat is a summary function that knows the cat if its prompt tells of it.
func summaryOfCat(p chat.Prompt) (string, error) {
	if strings.Contains(p.Turns[0].Text, "Ferris") {
		return "The user's cat is called Ferris.", nil
	}
	return "The user talks about numbers.", nil
}

// knowsCat reports whether a prompt tells of the cat, in its summary or in its messages.
func knowsCat(p chat.Prompt) bool {
	return strings.Contains(p.System, "Ferris") ||
		slices.ContainsFunc(p.Turns, func(t chat.Turn) bool { return strings.Contains(t.Text, "Ferris") })
}

// checkLongConversation has n exchanges in a room, and checks each prompt: it is within the
// budget and knows the cat from the first exchange. After each exchange it calls settle, which may
// wait for the summary: a user does not send five messages while a summary is written.
func checkLongConversation(t *testing.T, d device, m *memoryModel, n int, settle func()) {
	t.Helper()
	room := d.newRoom(object{"name": "long", "system_prompt": "Answer as an owl."})
	d.waitFinal(d.Send(room, catFact))
	for i := range n - 1 {
		d.waitFinal(d.Send(room, fmt.Sprintf("Number %d: %s", i, strings.Repeat("one ", i%50))))
		settle()
	}
	answers, summaries := m.promptsFor(chat.ForAnswer), m.promptsFor(chat.ForSummary)
	if len(answers) != n || len(summaries) == 0 || len(summaries) > n/5 {
		t.Errorf("the model was called for %d answers and %d summaries, want %d answers and a summary for some of them",
			len(answers), len(summaries), n)
	}
	for i, p := range slices.Concat(answers, summaries) {
		if p.Tokens() > smallBudget || !knowsCat(p) {
			t.Fatalf("prompt %d has %d tokens, want at most %d, and the cat in %+v", i+1, p.Tokens(), smallBudget, p)
		}
	}
	last := answers[n-1].System
	if !strings.Contains(last, "Answer as an owl.") || !strings.HasSuffix(last, "cat is called Ferris.") {
		t.Errorf("the last system text is %q, want the system prompt and the summary", last)
	}
	if shown := d.newestMessages(room); len(shown) != 50 || strings.Contains(fmt.Sprint(shown), "user's cat") {
		t.Errorf("the room shows %d messages: %+v, want 50 without the summary", len(shown), shown)
	}
	d.checkMessageCount(n)
}

// longConversation are variables for a conversation that is soon too long for a prompt.
var longConversation = []string{"HISTORY_TOKENS", fmt.Sprint(smallBudget), "BASIC_DAILY_LIMIT", "1000"}

func TestALongConversationIsSummarized(t *testing.T) {
	m := &memoryModel{summary: summaryOfCat}
	d := start(t, config(t, longConversation...), withLLM(m)).tcpDevice().Login(client.Number())
	checkLongConversation(t, d, m, 60, func() {})
}

// 500 exchanges are 25 times what fits into the budget.
func TestAConversationOf500ExchangesKeepsItsFirstFact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memoryModel{summary: summaryOfCat}
		p, d := startLoggedIn(t, config(t, longConversation...), withLLM(m))
		checkLongConversation(t, d, m, 500, synctest.Wait)
		p.checkNoErrorLogs()
	})
}

// While summaries fail, the prompts contain only the newest messages.
func TestFailingSummariesHaveNoEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memoryModel{summary: func(chat.Prompt) (string, error) {
			return "", &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
		}}
		p, d := startLoggedIn(t, config(t, longConversation...), withLLM(m))
		room := d.NewRoom("r")
		for i := range 30 {
			text := fmt.Sprint(i, strings.Repeat(" one", 50))
			d.checkAnswer(d.Send(room, text), "You said: "+text)
		}
		last := m.promptsFor(chat.ForAnswer)[29]
		if last.Tokens() > smallBudget || len(last.Turns) < 5 || strings.Contains(last.System, "Summary") {
			t.Errorf("the last prompt has %d tokens and %d turns after %q, want at most %d and the newest messages",
				last.Tokens(), len(last.Turns), last.System, smallBudget)
		}
		d.checkMessageCount(30)
		p.checkNoErrorLogs()
	})
}

// The tokens of a title count towards the budget of the day. Without the title, the budget
// would allow more messages.
func TestTokensOfTitlesCountTowardsTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memoryModel{title: func(chat.Prompt) (string, error) { return strings.Repeat("title ", 60), nil }}
		_, d := startLoggedIn(t, config(t, "LLM_DAILY_TOKENS", "200", "BASIC_DAILY_LIMIT", "10"), withLLM(m))
		room := d.newRoom(object{})
		d.waitFinal(d.Send(room, "hello"))
		time.Sleep(3 * time.Second)
		d.checkOverloaded(room, time.Until(midnight(1)))
		d.checkMessageCount(1)
	})
}
