package flow

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// versionJSON is an earlier text of a message in a response.
type versionJSON struct {
	Content   string `json:"content"`
	Status    string `json:"status"`
	CreatedAt string `json:"created_at"`
}

// checkVersions checks the earlier texts of a message, oldest first.
func (d device) checkVersions(messagePath string, want ...versionJSON) {
	d.Helper()
	got, _ := listPage[versionJSON](d, messagePath+"/versions")
	if diff := cmp.Diff(append([]versionJSON{}, want...), got); diff != "" {
		d.Errorf("versions of %s (-want +got):\n%s", messagePath, diff)
	}
}

// An empty text is no version.
func TestACancelledReplyWithoutTextLeavesNoVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t, "ECHO_LATENCY", "1s"))
		synctest.Wait() // until the worker receives cancel signals
		path := d.Send(d.NewRoom("r"), "hello")
		d.cancel(path)
		checkFields(t, d.Wait(path), map[string]string{"status": "cancelled", "content": ""})
		checkFields(t, d.retry(path), map[string]string{"versions": ""})
		d.checkAnswer(path, "You said: hello")
		d.checkVersions(path)
		d.checkMessageCount(1)
	})
}

func TestTheTextOfACancelledReplyStaysAsAVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d := startLoggedIn(t, config(t), withLLM(modelFunc(fiveWords.answer)))
		path := d.Send(d.NewRoom("r"), "hello")
		time.Sleep(1500 * time.Millisecond)
		d.cancel(path)
		d.Wait(path)
		d.retry(path)
		d.checkAnswer(path, fiveWords.text())
		d.checkVersions(path, versionJSON{"word-0\n", "cancelled", second(0)})
		d.checkMessageCount(2)
	})
}
