package cli

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// englishOnly are guides without a Korean page, with the reason.
var englishOnly = map[string]string{
	"docs/benchmarks.md":     "figures and commands for contributors",
	"docs/security-cases.md": "an index of test names for contributors",
}

// isGuide reports whether a document has a page in Korean: READMEs of the project and the examples, and the pages of
// docs/, but not the decisions below.
func isGuide(name string) bool {
	switch dir := filepath.ToSlash(filepath.Dir(name)); {
	case strings.HasSuffix(name, ".ko.md"):
		return false
	case filepath.Base(name) == "README.md":
		return dir == "." || strings.HasPrefix(dir, "examples/")
	default:
		return dir == "docs"
	}
}

// outline is what both languages of a document share: the levels of headings, the code, and the shape of tables.
func outline(d *document) (all []string) {
	for line := range strings.Lines(d.source) {
		if level := strings.IndexFunc(line, func(r rune) bool { return r != '#' }); level > 0 {
			all = append(all, line[:level])
		} else if strings.HasPrefix(line, "|") {
			all = append(all, fmt.Sprintf("| %d", strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")-1))
		}
	}
	return all
}

// TestDocumentsHaveBothLanguages: every guide exists in Korean and English, each links to the other at its top, and
// both have the same headings, tables, code and marks. A Korean page links to Korean pages.
func TestDocumentsHaveBothLanguages(t *testing.T) {
	t.Parallel()
	byName := map[string]*document{}
	for _, d := range readDocuments(t) {
		byName[d.name] = d
	}
	pairs := 0
	for name, en := range byName {
		if !isGuide(name) || englishOnly[name] != "" {
			continue
		}
		koName := strings.TrimSuffix(name, ".md") + ".ko.md"
		ko := byName[koName]
		if ko == nil {
			t.Errorf("%s does not exist", koName)
			continue
		}
		pairs++
		for _, d := range differences(en, ko) {
			t.Error(d)
		}
		for _, link := range ko.links {
			path := filepath.ToSlash(filepath.Join(filepath.Dir(koName), strings.Split(link, "#")[0]))
			if translated := strings.TrimSuffix(path, ".md") + ".ko.md"; path != name && byName[translated] != nil {
				t.Errorf("%s links to %s, not to %s", koName, path, translated)
			}
		}
	}
	for name := range englishOnly {
		if byName[name] == nil || byName[strings.TrimSuffix(name, ".md")+".ko.md"] != nil {
			t.Errorf("remove %s from englishOnly", name)
		}
	}
	if pairs < 5 {
		t.Errorf("only %d pairs found", pairs)
	}
}

// differences lists what the two languages of a document do not share.
func differences(en, ko *document) (all []string) {
	for d, other := range map[*document]*document{en: ko, ko: en} {
		top := strings.Join(slices.Collect(head(d.source, 14)), "")
		if !strings.Contains(top, "]("+filepath.Base(other.name)+")") {
			all = append(all, d.name+" does not link to "+other.name+" at its top")
		}
	}
	for what, of := range map[string]func(*document) []string{
		"headings and tables": outline, "code in the text": spansOf, "code": codeOf,
	} {
		if diff := cmp.Diff(of(en), of(ko)); diff != "" {
			all = append(all, fmt.Sprintf("%s (-%s +%s):\n%s", what, en.name, ko.name, diff))
		}
	}
	return all
}

// TestPairsAreCompared: each difference between the languages is found.
func TestPairsAreCompared(t *testing.T) {
	t.Parallel()
	text := "# A\n\n[한국어](a.ko.md)\n\nRun `b`.\n\n| c |\n|---|\n\n```sh\nd # e\n```\n"
	en := readDocument("a.md", []byte(text))
	same := strings.NewReplacer("[한국어](a.ko.md)", "[English](a.md)", "# e", "# 다")
	for change, want := range map[string]int{
		"": 0, "[English](a.md)\x00": 1, "`b`\x00`c`": 1, "| c |\x00| c | d |": 1, "\nd\x00\nd -x": 1, "# A\x00## A": 1,
	} {
		before, after, _ := strings.Cut(change, "\x00")
		ko := readDocument("a.ko.md", []byte(strings.Replace(same.Replace(text), before, after, 1)))
		if got := differences(en, ko); len(got) != want {
			t.Errorf("%q: %q", change, got)
		}
	}
}

// head is the first lines of a text.
func head(text string, n int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if n--; n < 0 || !yield(line) {
				return
			}
		}
	}
}

var pathInText = regexp.MustCompile(`/[a-z][\w/.?=&,-]*`)

// codeOf is the code of a document without comments, which are in the language of the document, as are the words of
// drawings and other text: only their paths count.
func codeOf(d *document) (all []string) {
	for _, b := range d.blocks {
		code := bare(b.code)
		if b.lang == "text" {
			code = strings.Join(pathInText.FindAllString(b.code, -1), "\n")
		}
		all = append(all, fmt.Sprintf("%s marked=%v\n%s", b.lang, b.marked, code))
	}
	return all
}

// spansOf is the code within the text of a document.
func spansOf(d *document) (all []string) {
	for _, s := range d.spans {
		all = append(all, s.code)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
