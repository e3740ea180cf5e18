package httpapi

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// newMarkdownRenderer returns a renderer of parsed Markdown as HTML.
func newMarkdownRenderer() renderer.Renderer {
	alignAttribute := extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute) // instead of style
	return renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(passiveNodes{}, 100),
		util.Prioritized(extension.NewTableHTMLRenderer(alignAttribute), 500),
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
		util.Prioritized(html.NewRenderer(), 1000)))
}

// passiveNodes renders images as links, so that nothing is loaded, and the boxes of task
// lists as characters, so that there are no parts of forms.
type passiveNodes struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (passiveNodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, renderImage)
	r.Register(extensionast.KindTaskCheckBox, renderTaskBox)
}

// renderTaskBox writes a ballot box.
func renderTaskBox(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		box := "☐ "
		if node.(*extensionast.TaskCheckBox).IsChecked {
			box = "☑ "
		}
		_, _ = w.WriteString(box)
	}
	return ast.WalkContinue, nil
}

// renderImage writes a link to the image with its alternative text, or only the text inside
// of another link. An image without text shows its URL.
func renderImage(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	destination := util.EscapeHTML(util.URLEscape(node.(*ast.Image).Destination, true))
	inLink := isInLink(node)
	if !inLink {
		_, _ = w.WriteString(`<a href="`)
		_, _ = w.Write(destination)
		_, _ = w.WriteString(`">`)
	}
	if node.HasChildren() {
		writeTexts(w, source, node)
	} else {
		_, _ = w.Write(destination)
	}
	if !inLink {
		_, _ = w.WriteString("</a>")
	}
	return ast.WalkSkipChildren, nil
}

func isInLink(n ast.Node) bool {
	for n = n.Parent(); n != nil; n = n.Parent() {
		if n.Kind() == ast.KindLink {
			return true
		}
	}
	return false
}

// writeTexts writes the texts inside a node without their markup.
func writeTexts(w util.BufWriter, source []byte, node ast.Node) {
	for n := node.FirstChild(); n != nil; n = n.NextSibling() {
		piece, ok := n.(*ast.Text)
		if !ok {
			writeTexts(w, source, n)
			continue
		}
		html.DefaultWriter.Write(w, piece.Segment.Value(source))
		if piece.SoftLineBreak() || piece.HardLineBreak() {
			_ = w.WriteByte(' ')
		}
	}
}
