// Package chart draws lines as SVG documents, and compares stored documents with computed ones.
package chart

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// Chart is a chart with lines.
type Chart struct {
	Title string
	X, Y  Axis
	Lines []Line
}

// Line is a line of a chart, or a dashed horizontal line at a limit.
type Line struct {
	Name    string
	Points  []Point
	IsLimit bool
}

// Point is a point of a line, in the units of the axes.
type Point struct{ X, Y float64 }

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

// SVG returns the chart as an SVG document on a white background.
func (c Chart) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img"`+
		` font-family="sans-serif" font-size="13">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(c.Title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	text(&b, left, 28, c.Title, `font-size="16" font-weight="bold"`)
	c.drawX(&b)
	c.drawY(&b)
	for i, l := range c.Lines {
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
func segment(b *strings.Builder, from, to Point, style string) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`+"\n", from.X, from.Y, to.X, to.Y, style)
}

const gridStyle = `stroke="#d8d8d8"`

// drawX writes the horizontal axis.
func (c Chart) drawX(b *strings.Builder) {
	for _, tick := range c.X.Ticks {
		x := c.pixel(Point{X: tick}).X
		segment(b, Point{x, top}, Point{x, bottom + 5}, gridStyle)
		text(b, x, bottom+20, number(tick), `text-anchor="middle"`)
	}
	segment(b, Point{left, bottom}, Point{right, bottom}, `stroke="#222222"`)
	text(b, (left+right)/2, height-18, c.X.Title, `text-anchor="middle"`)
}

// drawY writes the vertical axis.
func (c Chart) drawY(b *strings.Builder) {
	for i, tick := range c.Y.Ticks {
		y := c.pixel(Point{Y: tick}).Y
		label := number(tick)
		if i == 0 && c.Y.IsLog {
			label = "≤ " + label // lower values are drawn here, too
		}
		segment(b, Point{left - 5, y}, Point{right, y}, gridStyle)
		text(b, left-9, y+4.5, label, `text-anchor="end"`)
	}
	segment(b, Point{left, top}, Point{left, bottom}, `stroke="#222222"`)
	middle := (top + bottom) / 2
	text(b, 18, float64(middle), c.Y.Title, fmt.Sprintf(`text-anchor="middle" transform="rotate(-90 18 %d)"`, middle))
}

// number formats the value of a tick.
func number(v float64) string {
	if v > 0 && v < 0.001 {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// pixel returns the place of a point.
func (c Chart) pixel(p Point) Point {
	return Point{left + (right-left)*c.X.position(p.X), bottom - (bottom-top)*c.Y.position(p.Y)}
}

// draw writes the i-th line and its entry in the legend.
func (c Chart) draw(b *strings.Builder, l Line, i int) {
	color, dash := colors[i%len(colors)], dashes[i%len(dashes)]
	style := fmt.Sprintf(`stroke="%s" stroke-width="2" stroke-dasharray="%s"`, color, dash)
	if l.IsLimit {
		style = `stroke="#222222" stroke-width="1.5" stroke-dasharray="1 4"`
	}
	var path []string
	for _, p := range l.Points {
		at := c.pixel(p)
		path = append(path, fmt.Sprintf("%.1f,%.1f", at.X, at.Y))
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" %s/>`+"\n", strings.Join(path, " "), style)
	y := float64(top + 12 + 24*i)
	segment(b, Point{right + 16, y}, Point{right + 50, y}, style)
	text(b, right+58, y+4.5, l.Name, "")
}
