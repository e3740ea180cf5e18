package httpapi

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// The limits of the markup in a text. Markup beyond a limit stays text. Without them, 200 KB
// take goldmark minutes, or become gigabytes of HTML.
const (
	maxBlockDepth     = 20        // of lists, list items and quotes
	maxMarkers        = 400       // characters of markup in one paragraph; also bounds the depth of emphasis
	maxSteps          = 4_000_000 // the sum, over all markers of the text, of the markers before each in its paragraph
	maxReferenceLines = 1000      // lines of a paragraph that may define link references
	maxReferenceBytes = 64 << 10  // of the URLs that link references insert
	maxCells          = 20_000    // of all tables
	maxEscapedPipes   = 1000      // in all tables

	unmatchedBacktickCost = 10 // markers; goldmark searches the whole paragraph for the end
	bracketCost           = 2  // markers
	addressCost           = 4  // markers
)

// markdownLimits is the context of parsing one text, with what is left of its limits.
type markdownLimits struct {
	parser.Context
	block          ast.Node // the paragraph, heading or cell whose markers are counted
	markers        int      // in block, so far
	steps          int
	referenceBytes int
	cells          int
	escapedPipes   int
}

func newMarkdownLimits() *markdownLimits {
	return &markdownLimits{
		Context:        parser.NewContext(),
		steps:          maxSteps,
		referenceBytes: maxReferenceBytes,
		cells:          maxCells,
		escapedPipes:   maxEscapedPipes,
	}
}

// take counts n markers of a block. It returns false, and counts nothing, beyond a limit.
func (l *markdownLimits) take(block ast.Node, n int) bool {
	if block != l.block {
		l.block, l.markers = block, 0
	}
	markers := l.markers + n
	if markers > maxMarkers || markers > l.steps {
		return false
	}
	l.markers = markers
	l.steps -= markers
	return true
}

// Reference implements parser.Context. Each use of a definition inserts its whole URL.
func (l *markdownLimits) Reference(label string) (parser.Reference, bool) {
	reference, ok := l.Context.Reference(label)
	if !ok {
		return nil, false
	}
	l.referenceBytes -= len(reference.Destination())
	return reference, l.referenceBytes >= 0
}

// limitedBlock is the parser of lists or of quotes. It opens none inside maxBlockDepth
// other blocks: goldmark visits all open blocks for each line.
type limitedBlock struct{ parser.BlockParser }

// Open implements parser.BlockParser. The parser of lists must always see the next item of its list.
func (l limitedBlock) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if parent.Kind() != ast.KindList && depthOf(parent) >= maxBlockDepth {
		return nil, parser.NoChildren
	}
	return l.BlockParser.Open(parent, reader, pc)
}

// depthOf returns the number of nodes from a node to the document.
func depthOf(n ast.Node) (depth int) {
	for ; n.Parent() != nil; n = n.Parent() {
		depth++
	}
	return depth
}

// limitedInline is a parser of markers such as *. goldmark compares each closing marker with
// the markers before it.
type limitedInline struct{ parser.InlineParser }

// Parse implements parser.InlineParser. Beyond a limit, it skips the markers. For nil, goldmark
// would call it again at the next of them.
func (l limitedInline) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	run := len(line) - len(bytes.TrimLeft(line, string(line[0])))
	switch {
	case pc.(*markdownLimits).take(parent, run):
		return l.InlineParser.Parse(parent, block, pc)
	case run == 1:
		return nil
	}
	block.Advance(run)
	return ast.NewTextSegment(segment.WithStop(segment.Start + run))
}

// limitedLink is the parser of links and images.
type limitedLink struct {
	parser.InlineParser
	parser.CloseBlocker
}

func newLimitedLink() limitedLink {
	links := parser.NewLinkParser()
	return limitedLink{links, links.(parser.CloseBlocker)}
}

// Parse implements parser.InlineParser.
func (l limitedLink) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	isMarker := line[0] != '!' || bytes.HasPrefix(line, []byte("!["))
	if !isMarker || !pc.(*markdownLimits).take(parent, bracketCost) {
		return nil
	}
	return l.InlineParser.Parse(parent, block, pc)
}

// limitedCodeSpan is the parser of code spans.
type limitedCodeSpan struct{ parser.InlineParser }

// Parse implements parser.InlineParser. Only backticks without an end are markers.
func (l limitedCodeSpan) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	limits := pc.(*markdownLimits)
	if limits.block == parent && limits.markers+unmatchedBacktickCost > maxMarkers {
		return nil
	}
	node := l.InlineParser.Parse(parent, block, pc)
	if node.Kind() != ast.KindCodeSpan {
		limits.take(parent, unmatchedBacktickCost)
	}
	return node
}

// limitedReferences is the parser of definitions of link references. Its time is quadratic in the lines.
type limitedReferences struct{ parser.ParagraphTransformer }

// Transform implements parser.ParagraphTransformer.
func (l limitedReferences) Transform(p *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if p.Lines().Len() <= maxReferenceLines {
		l.ParagraphTransformer.Transform(p, reader, pc)
	}
}

// limitedTables is the parser of tables. It adds the missing cells of each row.
type limitedTables struct{ parser.ParagraphTransformer }

// Transform implements parser.ParagraphTransformer.
func (l limitedTables) Transform(p *ast.Paragraph, reader text.Reader, pc parser.Context) {
	columns, escaped := 0, 0
	for _, segment := range p.Lines().Sliced(0, p.Lines().Len()) {
		line := segment.Value(reader.Source())
		columns = max(columns, bytes.Count(line, []byte("|"))+1)
		escaped += bytes.Count(line, []byte(`\|`))
	}
	limits := pc.(*markdownLimits)
	cells := columns * p.Lines().Len()
	if columns == 1 || cells > limits.cells || escaped > limits.escapedPipes {
		return
	}
	limits.cells -= cells
	limits.escapedPipes -= escaped
	l.ParagraphTransformer.Transform(p, reader, pc)
}
