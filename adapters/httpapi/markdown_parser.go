package httpapi

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newMarkdownParser returns a parser of Markdown without HTML: "<b>" is text for it. Where
// goldmark needs more than linear time, its parts have limits. Parse needs a markdownLimits.
// The priorities are those of goldmark.
func newMarkdownParser() parser.Parser {
	tables := limitedTables{extension.NewTableParagraphTransformer()}
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(limitedBlock{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(limitedBlock{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(parser.NewParagraphParser(), 1000)),
		parser.WithInlineParsers(
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(limitedCodeSpan{parser.NewCodeSpanParser()}, 100),
			util.Prioritized(newLimitedLink(), 200),
			util.Prioritized(lineBreakInCell{}, 250),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(limitedInline{parser.NewEmphasisParser()}, 500),
			util.Prioritized(limitedInline{extension.NewStrikethroughParser()}, 500),
			util.Prioritized(newLimitedLinkify(), 999)),
		parser.WithParagraphTransformers(
			util.Prioritized(limitedReferences{parser.LinkReferenceParagraphTransformer}, 100),
			util.Prioritized(tables, 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)))
}

// lineBreakInCell parses <br> in a cell of a table, where models use it because Markdown
// has no other line break there.
type lineBreakInCell struct{}

var lineBreakTag = regexp.MustCompile(`^<br ?/?>`)

// Trigger implements parser.InlineParser.
func (lineBreakInCell) Trigger() []byte { return []byte{'<'} }

// Parse implements parser.InlineParser.
func (lineBreakInCell) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	tag := lineBreakTag.Find(line)
	if tag == nil || parent.Kind() != extensionast.KindTableCell {
		return nil
	}
	block.Advance(len(tag))
	lineBreak := ast.NewTextSegment(segment.WithStop(segment.Start))
	lineBreak.SetHardLineBreak(true)
	return lineBreak
}

// limitedLinkify is the parser of URLs and addresses without brackets. The regular
// expressions of goldmark are slow, so it has simpler ones.
type limitedLinkify struct{ parser.InlineParser }

func newLimitedLinkify() limitedLinkify {
	return limitedLinkify{extension.NewLinkifyParser(
		extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"}),
		extension.WithLinkifyURLRegexp(regexp.MustCompile(`^https?://[^\s<]+`)),
		extension.WithLinkifyWWWRegexp(regexp.MustCompile(`^www\.[^\s<]+`)),
		extension.WithLinkifyEmailRegexp(regexp.MustCompile(`^[\w.+-]+@[a-zA-Z0-9]+(?:[.-][a-zA-Z0-9]+)*`)),
	)}
}

var urlStart = regexp.MustCompile(`^(?:https?://|www\.)`)

// Parse implements parser.InlineParser. goldmark calls it at each space, so it first looks
// for the start of a URL, or for an @ after the longest possible name of a mailbox.
func (l limitedLinkify) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	const longestMailbox = 64
	line, _ := block.PeekLine()
	start := bytes.TrimLeft(line[:min(len(line), longestMailbox+2)], " *_~(")
	isURL := urlStart.Match(start)
	isAddress := bytes.IndexByte(start, '@') > 0 && pc.(*markdownLimits).take(parent, addressCost)
	if !isURL && !isAddress {
		return nil
	}
	return l.InlineParser.Parse(parent, block, pc)
}
