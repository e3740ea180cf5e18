package browser

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kuvaka-tech/parley/tests/rig"
)

const axePackage = "axe-core@4.14.1"

// richAnswer has every kind of markup.
const richAnswer = "# Owls\n\nOwls are **silent** hunters, see [a page](https://example.com).\n\n- one\n- two\n\n" +
	"1. first\n2. second\n\n> a quote\n\n| owl | weight |\n|---|---:|\n| barn owl | 0.5 kg |\n\n" +
	"```go\nfmt.Println(\"hoo\")\n```\n"

func testAccessibility(t *testing.T, chromium context.Context) {
	axe := loadAxe(t)
	v := newVisit(t, chromium, start(t, model{answers: map[string]string{"owls": richAnswer}}))
	v.checkInAllModes(axe, "login")
	v.login()
	v.checkInAllModes(axe, "a new chat")
	v.ask("owls")
	v.click(`[data-testid="retry"]`)
	v.until(`document.querySelector('[data-testid="versions"]') !== null`)
	v.waitAnswered()
	v.checkInAllModes(axe, "an answer")
	for _, dialog := range []string{"rename", "edit-instructions", "delete"} {
		v.openRoomDialog(dialog)
		v.checkAxe(axe, dialog)
		v.press(kb.Escape)
	}
	v.click(`[data-testid="versions"]`)
	v.until(`document.querySelector('[data-testid="version"]') !== null`)
	v.checkAxe(axe, "versions")
	v.press(kb.Escape)
	v.useUpMessages()
	v.send("one more")
	v.until(`!document.getElementById("upgrade-card").hidden`)
	v.checkInAllModes(axe, "no messages left")
	v.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	v.fill("#search-text", "owls")
	v.until(`document.querySelectorAll('[data-testid="result"]').length > 0`)
	v.checkInAllModes(axe, "search")
}

// checkInAllModes runs axe on a phone and on a desktop, in light and in dark mode.
func (v *visit) checkInAllModes(axe, place string) {
	v.Helper()
	for _, scheme := range []string{"light", "dark"} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}, // axe must not measure a colour in a transition
		}}
		if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, media); err != nil {
			v.Fatalf("emulate the %s mode: %v", scheme, err)
		}
		for width, name := range map[int64]string{360: "phone", 1280: "desktop"} {
			v.do(chromedp.EmulateViewport(width, 800))
			v.checkAxe(axe, place+", "+scheme+", "+name)
			v.checkNoOverflow()
		}
	}
}

// checkAxe fails the test if axe finds something serious or critical.
func (v *visit) checkAxe(axe, place string) {
	v.Helper()
	const run = `(async () => {
		await new Promise((resolve) => setTimeout(resolve, 50));
		const { violations } = await axe.run(document, { resultTypes: ["violations"] });
		return violations.filter((v) => v.impact === "serious" || v.impact === "critical")
			.map((v) => v.id + " (" + v.impact + "): " + v.nodes.map((n) => n.target.join(" ")).join("; "));
	})()`
	evaluate[bool](v, `globalThis.axe ? true : (`+"() => {"+axe+"; return true; })()")
	for _, violation := range evaluate[[]string](v, run) {
		v.Errorf("%s: axe found %s", place, violation)
	}
}

// loadAxe returns the script of axe-core, which npm downloads or has in its cache.
func loadAxe(t *testing.T) string {
	t.Helper()
	rig.Need(t, "npm")
	dir := t.TempDir()
	pack := exec.Command("npm", "pack", "--silent", axePackage)
	pack.Dir = dir
	out, err := pack.Output()
	if err != nil {
		t.Skipf("NOT RUN: npm cannot fetch %s: %v", axePackage, err)
	}
	return readTarball(t, filepath.Join(dir, strings.TrimSpace(string(out))), "package/axe.min.js")
}

// readTarball returns a file of a compressed tar archive.
func readTarball(t *testing.T, archive, name string) string {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatalf("open the package: %v", err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatalf("decompress the package: %v", err)
	}
	files := tar.NewReader(unzipped)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			t.Fatalf("%s has no file %s", archive, name)
		}
		if err != nil {
			t.Fatalf("read the package: %v", err)
		}
		if header.Name != name {
			continue
		}
		content, err := io.ReadAll(files)
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		return string(content)
	}
}
