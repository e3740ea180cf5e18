package capacity

import (
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"testing"
)

// chart is a chart with lines.
type chart struct {
	title string
	x, y  axis
	lines []plot
}

// plot is a line of a chart, or a dashed horizontal line at a limit.
type plot struct {
	name    string
	points  []point
	isLimit bool
}

type point struct{ x, y float64 }

// The size of a chart and the place of its lines, in pixels. The legend is to the right of the lines.
const (
	width, height = 840, 420
	left, top     = 76, 50
	right, bottom = 590, 355
)

// colors can be distinguished by people who are color-blind (Okabe and Ito). dashes distinguish the
// lines in print.
var (
	colors = []string{"#0072b2", "#d55e00", "#009e73", "#aa3377", "#56b4e9"}
	dashes = []string{"none", "7 3", "2 2", "9 3 2 3", "4 4"}
)

// svg returns the chart as an SVG document on a white background.
func (c chart) svg() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img"`+
		` font-family="sans-serif" font-size="13">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(c.title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	text(&b, left, 28, c.title, `font-size="16" font-weight="bold"`)
	c.drawX(&b)
	c.drawY(&b)
	for i, l := range c.lines {
		c.draw(&b, l, i)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// text writes a text. Without a text-anchor in style, it starts at x.
func text(b *strings.Builder, x, y float64, content, style string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="#222222" %s>%s</text>`+"\n", x, y, style, html.EscapeString(content))
}

// segment writes a straight line.
func segment(b *strings.Builder, from, to point, style string) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`+"\n", from.x, from.y, to.x, to.y, style)
}

const gridStyle = `stroke="#d8d8d8"`

// drawX writes the horizontal axis.
func (c chart) drawX(b *strings.Builder) {
	for _, tick := range c.x.ticks {
		x := c.pixel(point{x: tick}).x
		segment(b, point{x, top}, point{x, bottom + 5}, gridStyle)
		text(b, x, bottom+20, number(tick), `text-anchor="middle"`)
	}
	segment(b, point{left, bottom}, point{right, bottom}, `stroke="#222222"`)
	text(b, (left+right)/2, height-18, c.x.title, `text-anchor="middle"`)
}

// drawY writes the vertical axis.
func (c chart) drawY(b *strings.Builder) {
	for i, tick := range c.y.ticks {
		y := c.pixel(point{y: tick}).y
		label := number(tick)
		if i == 0 && c.y.isLog {
			label = "≤ " + label // lower values are drawn here, too
		}
		segment(b, point{left - 5, y}, point{right, y}, gridStyle)
		text(b, left-9, y+4.5, label, `text-anchor="end"`)
	}
	segment(b, point{left, top}, point{left, bottom}, `stroke="#222222"`)
	middle := (top + bottom) / 2
	text(b, 18, float64(middle), c.y.title, fmt.Sprintf(`text-anchor="middle" transform="rotate(-90 18 %d)"`, middle))
}

// number formats the value of a tick.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// pixel returns the place of a point.
func (c chart) pixel(p point) point {
	return point{left + (right-left)*c.x.position(p.x), bottom - (bottom-top)*c.y.position(p.y)}
}

// draw writes the i-th line and its entry in the legend.
func (c chart) draw(b *strings.Builder, l plot, i int) {
	color, dash := colors[i%len(colors)], dashes[i%len(dashes)]
	style := fmt.Sprintf(`stroke="%s" stroke-width="2" stroke-dasharray="%s"`, color, dash)
	if l.isLimit {
		style = `stroke="#222222" stroke-width="1.5" stroke-dasharray="1 4"`
	}
	var path []string
	for _, p := range l.points {
		at := c.pixel(p)
		path = append(path, fmt.Sprintf("%.1f,%.1f", at.x, at.y))
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" %s/>`+"\n", strings.Join(path, " "), style)
	y := float64(top + 12 + 24*i)
	segment(b, point{right + 16, y}, point{right + 50, y}, style)
	text(b, right+58, y+4.5, l.name, "")
}

func TestAChartIsValidXMLWithItsTexts(t *testing.T) {
	c := chart{
		title: "waits & loads",
		x:     axis{title: "load (%)", ticks: []float64{0, 50, 100}},
		y:     axis{title: "wait (s)", ticks: []float64{0.1, 1}, isLog: true},
		lines: []plot{{name: "p99 < p100", points: []point{{0, 0.1}, {100, 1}}}},
	}
	texts := textsOf(t, c.svg())
	for _, want := range []string{c.title, c.x.title, c.y.title, c.lines[0].name, "0", "50", "100", "≤ 0.1", "1"} {
		if !texts[want] {
			t.Errorf("the chart does not contain the text %q; it has %v", want, texts)
		}
	}
	if want := `points="76.0,355.0 590.0,50.0"`; !strings.Contains(c.svg(), want) {
		t.Errorf("the chart does not contain %s, want a line from corner to corner:\n%s", want, c.svg())
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
