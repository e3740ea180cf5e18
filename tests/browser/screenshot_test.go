package browser

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

var screenshot = flag.String("screenshot", "", "write the screenshot of the README to this file")

const (
	screenshotQuestion = "How do owls hunt at night?"
	screenshotAnswer   = "Owls combine **silent flight** with very good ears.\n\n" +
		"| Sense | How it helps |\n|---|---|\n" +
		"| Hearing | One ear is higher than the other, so an owl hears *where* a mouse is |\n" +
		"| Sight | Large eyes collect light, but cannot move. The head turns by 270° |\n\n" +
		"The distance to a sound follows from the delay between the ears:\n\n" +
		"```go\n// Delay returns how much later the sound reaches the far ear.\n" +
		"func Delay(ears Metres, angle float64) time.Duration {\n" +
		"\treturn seconds(ears * math.Sin(angle) / speedOfSound)\n}\n```\n\n" +
		"1. The owl turns its head until both ears hear the same.\n2. It glides without a sound.\n" +
		"3. It strikes with its talons."
)

// testScreenshot takes the picture of the README, and writes it if a file is given:
// go test ./tests/browser -run Screenshot -screenshot FILE
func testScreenshot(t *testing.T, chromium context.Context) {
	v := newVisit(t, chromium, start(t, model{answers: map[string]string{screenshotQuestion: screenshotAnswer}}))
	v.login()
	for _, topic := range []string{"A weekend in Lisbon", "Renting or buying a home"} {
		d := v.device()
		d.Wait(d.Send(d.NewRoom(topic), topic))
	}
	room := v.device().NewRoom("How owls hunt")
	v.until(`document.querySelectorAll("#rooms a").length === 3`)
	v.click(`#rooms a[data-room="` + room + `"]`)
	v.ask(screenshotQuestion)
	v.do(chromedp.EmulateViewport(1280, 860, chromedp.EmulateScale(1.5)))
	v.until(`document.getElementById("jump").hidden`)
	picture, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatalf("take the screenshot: %v", err)
	}
	if *screenshot == "" {
		return
	}
	if err := os.WriteFile(*screenshot, picture, 0o644); err != nil {
		t.Fatalf("write the screenshot: %v", err)
	}
}
