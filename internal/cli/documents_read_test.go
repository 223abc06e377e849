package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	markdown "github.com/yuin/goldmark/text"
)

// root is the directory of the module, from this package.
const root = "../.."

// document is a Markdown file of the project.
type document struct {
	name    string // path from the root
	source  string
	anchors map[string]bool
	blocks  []block
	spans   []span // code within text
	links   []string
}

// block is a block of code.
type block struct {
	place  string // document and heading
	lang   string
	code   string
	marked bool // "not run" is written in it or right above it
}

// span is code within text.
type span struct{ place, code string }

var (
	notRun  = regexp.MustCompile(`(?i)not run|실행하지 않`)
	rawLink = regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	rawID   = regexp.MustCompile(`id="([^"]+)"`)
)

// documents are all Markdown files of the project, except those in testdata directories.
var documents = sync.OnceValues(func() (all []*document, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".") && path != root):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".md"):
			return nil
		}
		source, err := os.ReadFile(path)
		name, rerr := filepath.Rel(root, path)
		if err != nil || rerr != nil {
			return fmt.Errorf("%w %w", err, rerr)
		}
		all = append(all, readDocument(filepath.ToSlash(name), source))
		return nil
	})
	return all, err
})

// readDocuments fails the test if there are none.
func readDocuments(t *testing.T) []*document {
	t.Helper()
	all, err := documents()
	if err != nil || len(all) < 30 {
		t.Fatalf("%d documents: %v", len(all), err)
	}
	return all
}

// readDocument parses a document.
func readDocument(name string, source []byte) *document {
	d := &document{name: name, source: string(source), anchors: map[string]bool{}}
	tree := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(markdown.NewReader(source))
	place, slugs := name, map[string]int{}
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			title := textOf(n, source)
			place = name + "#" + title
			s := slug(title)
			if slugs[s]++; slugs[s] > 1 {
				s = fmt.Sprintf("%s-%d", s, slugs[s]-1)
			}
			d.anchors[s] = true
		case *ast.FencedCodeBlock:
			d.blocks = append(d.blocks, block{place, string(n.Language(source)), linesOf(n, source), marked(n, source)})
		case *ast.CodeBlock: // without a language: a shell's
			d.blocks = append(d.blocks, block{place, "sh", linesOf(n, source), marked(n, source)})
		case *ast.CodeSpan:
			d.spans = append(d.spans, span{place, textOf(n, source)})
		case *ast.Link:
			d.links = append(d.links, string(n.Destination))
		case *ast.Image:
			d.links = append(d.links, string(n.Destination))
		case *ast.HTMLBlock:
			d.readHTML(linesOf(n, source))
		case *ast.RawHTML:
			d.readHTML(string(n.Segments.Value(source)))
		}
		return ast.WalkContinue, nil
	})
	return d
}

func (d *document) readHTML(html string) {
	for _, m := range rawLink.FindAllStringSubmatch(html, -1) {
		d.links = append(d.links, m[1])
	}
	for _, m := range rawID.FindAllStringSubmatch(html, -1) {
		d.anchors[m[1]] = true
	}
}

// marked reports whether a block of code, or the paragraph above it and other blocks, says "not run".
func marked(n ast.Node, source []byte) bool {
	if notRun.MatchString(linesOf(n, source)) {
		return true
	}
	for n = n.PreviousSibling(); n != nil; n = n.PreviousSibling() {
		if k := n.Kind(); k != ast.KindFencedCodeBlock && k != ast.KindCodeBlock {
			return n.Kind() != ast.KindHeading && k != east.KindTable && notRun.MatchString(linesOf(n, source))
		}
	}
	return false
}

func linesOf(n ast.Node, source []byte) string { return string(n.Lines().Value(source)) }

// textOf is the text of a node without markup.
func textOf(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Value(source))
		case *ast.RawHTML:
		default:
			b.WriteString(textOf(c, source))
		}
	}
	return b.String()
}

// slug is the anchor of a heading at GitHub.
func slug(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r):
			return unicode.ToLower(r)
		}
		return -1
	}, title)
}

// TestDocumentReader: what the checks below rely on is found.
func TestDocumentReader(t *testing.T) {
	t.Parallel()
	d := readDocument("a.md", []byte("# A `b` & c\n\nRead [this](b.md#x), `norang x`.\n\n    norang y\n\n"+
		"This is *not run*:\n\n```js\n1\n```\n```js\n2\n```\n\n* in a list:\n\n  ```sh\n  norang z\n  ```\n\n"+
		"| a |\n|---|\n| `p\\|q` |\n\n# A `b` & c\n\n<a id=\"k\"></a><img src=\"i.png\">\n"))
	want := []block{
		{"a.md#A b & c", "sh", "norang y\n", false}, {"a.md#A b & c", "js", "1\n", true},
		{"a.md#A b & c", "js", "2\n", true}, {"a.md#A b & c", "sh", "norang z\n", false},
	}
	if !slices.Equal(d.blocks, want) {
		t.Errorf("blocks %+v", d.blocks)
	}
	if !slices.Equal(d.links, []string{"b.md#x", "i.png"}) {
		t.Errorf("links %q", d.links)
	}
	if !slices.Contains(d.spans, span{"a.md#A b & c", "norang x"}) ||
		!slices.Contains(d.spans, span{"a.md#A b & c", "p|q"}) {
		t.Errorf("spans %+v", d.spans)
	}
	if !d.anchors["a-b--c"] || !d.anchors["a-b--c-1"] || !d.anchors["k"] {
		t.Errorf("anchors %v", d.anchors)
	}
}
