package chart

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestAChartIsValidXMLWithItsTexts(t *testing.T) {
	c := Chart{
		Title: "waits & loads",
		X:     Axis{Title: "load (%)", Ticks: []float64{0, 50, 100}},
		Y:     Axis{Title: "wait (s)", Ticks: []float64{0.1, 1}, IsLog: true},
		Lines: []Line{{Name: "p99 < p100", Points: []Point{{0, 0.1}, {100, 1}}}},
	}
	texts := textsOf(t, c.SVG())
	for _, want := range []string{c.Title, c.X.Title, c.Y.Title, c.Lines[0].Name, "0", "50", "100", "≤ 0.1", "1"} {
		if !texts[want] {
			t.Errorf("the chart does not contain the text %q; it has %v", want, texts)
		}
	}
	if want := `points="76.0,355.0 590.0,50.0"`; !strings.Contains(c.SVG(), want) {
		t.Errorf("the chart does not contain %s, want a line from corner to corner:\n%s", want, c.SVG())
	}
}

// textsOf returns the texts of an XML document. It fails if the document is not well-formed.
func textsOf(t *testing.T, document string) map[string]bool {
	t.Helper()
	texts := map[string]bool{}
	decoder := xml.NewDecoder(strings.NewReader(document))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatalf("read the document: %v\n%s", err, document)
		}
		if data, ok := token.(xml.CharData); ok {
			texts[string(data)] = true
		}
	}
}
