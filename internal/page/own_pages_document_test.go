package page

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// ownPages is docs/own-pages.md or its Korean version: the names in the first column of each table, and the cells of
// its rows, by the last heading before it.
type ownPages struct {
	source   string
	headings []string
	rows     map[string][][]string
}

func readOwnPages(t *testing.T, name string) ownPages {
	t.Helper()
	source, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	d := ownPages{source: string(source), rows: map[string][][]string{}}
	for line := range strings.Lines(d.source) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
			d.headings = append(d.headings, strings.TrimLeft(line, "# "))
		case strings.HasPrefix(line, "| `"):
			at := d.headings[len(d.headings)-1]
			cells := strings.Split(strings.Trim(line, "| "), " | ")
			cells[0] = strings.Trim(cells[0], "`")
			d.rows[at] = append(d.rows[at], cells)
		}
	}
	return d
}

// names are the first cells of a table.
func (d ownPages) names(heading string) []string {
	var all []string
	for _, row := range d.rows[heading] {
		all = append(all, row[0])
	}
	return all
}

// typeName is a type as the document names it.
func typeName(typ reflect.Type) string {
	switch {
	case typ == reflect.TypeFor[time.Time]():
		return "time"
	case typ.Kind() == reflect.Pointer:
		return typeName(typ.Elem()) + " or nil"
	case typ.Kind() == reflect.Slice:
		return "list of " + typeName(typ.Elem())
	case typ.Kind() == reflect.Struct:
		return "`" + typ.Name() + "`"
	case typ.Name() == "URL":
		return "URL"
	case typ.Kind() == reflect.Int8:
		return "int"
	}
	return typ.Kind().String()
}

// fieldsOf lists what a template can read of a record, as "name type": fields, also of embedded records except Frame,
// and methods without parameters.
func fieldsOf(typ reflect.Type) []string {
	var all []string
	frame := reflect.TypeFor[Frame]()
	for _, f := range reflect.VisibleFields(typ) {
		_, ofFrame := frame.FieldByName(f.Name)
		if !f.Anonymous && f.IsExported() && (typ == frame || !ofFrame || len(f.Index) == 1) {
			all = append(all, f.Name+" "+typeName(f.Type))
		}
	}
	for i := range typ.NumMethod() {
		if m := typ.Method(i); m.Type.NumIn() == 1 {
			all = append(all, m.Name+" "+typeName(m.Type.Out(0)))
		}
	}
	slices.Sort(all)
	return all
}

// recordsOf adds the records of this package, and Agent, that a field of typ holds.
func recordsOf(typ reflect.Type, into map[string]reflect.Type) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() || into[typ.Name()] != nil {
		return
	}
	into[typ.Name()] = typ
	for f := range typ.Fields() {
		recordsOf(f.Type, into)
	}
}

// TestOwnPagesDocumentIsComplete: docs/own-pages.md lists every template, block and function, and every field with its
// type, and nothing else; the Korean version has the same tables.
func TestOwnPagesDocumentIsComplete(t *testing.T) {
	t.Parallel()
	d, korean := readOwnPages(t, "own-pages.md"), readOwnPages(t, "own-pages.ko.md")
	compare := func(what string, got, want []string) {
		t.Helper()
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
		for _, name := range got {
			if !slices.Contains(want, name) {
				t.Errorf("docs/own-pages.md: %s: there is no %s", what, name)
			}
		}
		for _, name := range want {
			if !slices.Contains(got, name) {
				t.Errorf("docs/own-pages.md: %s: %s is missing", what, name)
			}
		}
	}
	documented := func(heading string) []string {
		var all []string
		for _, row := range d.rows[heading] {
			if len(row) != 3 {
				t.Fatalf("%s: %q", heading, row)
			}
			all = append(all, row[0]+" "+row[1])
		}
		return all
	}
	files, records, views := []string{}, map[string]reflect.Type{}, map[string]reflect.Type{}
	for _, s := range samples("kakao") {
		if typ := reflect.TypeOf(s.view); views[typ.Name()] == nil {
			views[typ.Name()] = typ
			files = append(files, s.view.file())
			compare(s.view.file(), documented(s.view.file()), fieldsOf(typ))
			recordsOf(typ, records)
		}
	}
	for name, typ := range records {
		if views[name] == nil {
			compare(name, documented(name), fieldsOf(typ))
		}
	}
	for _, heading := range d.headings {
		if strings.HasSuffix(heading, ".html") && !slices.Contains(files, heading) {
			t.Errorf("docs/own-pages.md describes %s, which no sample renders", heading)
		}
	}
	entries, err := fs.ReadDir(templateFiles, "templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue // the operator's console, which cannot be replaced
		}
		if !slices.Contains(append(frameFiles, files...), e.Name()) {
			t.Errorf("no sample renders %s", e.Name())
		}
	}
	parts, err := templateFiles.ReadFile("templates/parts.html")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile(`{{define "([a-z]+)"`).FindAllStringSubmatch(string(parts), -1) {
		blocks = append(blocks, m[1])
	}
	compare("blocks", d.names("Blocks"), blocks)
	functions := (&texts{new(Config)}).funcs(nil)
	compare("functions", d.names("Functions"), slices.Collect(maps.Keys(functions)))

	if len(d.headings) != len(korean.headings) {
		t.Fatalf("%d headings, in Korean %d", len(d.headings), len(korean.headings))
	}
	for i, heading := range d.headings {
		if a, b := d.names(heading), korean.names(korean.headings[i]); !slices.Equal(a, b) {
			t.Errorf("%s lists %q, in Korean %q", heading, a, b)
		}
	}
}

var htmlBlock = regexp.MustCompile("(?s)```html\n(.*?)```")

// TestOwnPagesExampleRenders: the example of docs/own-pages.md is a sign-in page with the buttons.
func TestOwnPagesExampleRenders(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"own-pages.md", "own-pages.ko.md"} {
		m := htmlBlock.FindStringSubmatch(readOwnPages(t, name).source)
		if m == nil {
			t.Fatalf("%s has no example", name)
		}
		cfg := sampleConfig()
		cfg.Overrides = fstest.MapFS{"signin.html": {Data: []byte(m[1])}}
		r := newRenderer(t, cfg)
		for lang, want := range map[string]string{"en": "Welcome to 놀이터", "ko": "놀이터에 오신 것을 환영해요"} {
			got := render(t, r, SignIn{Frame: Frame{Lang: "en"}, ReturnTo: "/board"})
			if lang == "ko" {
				got = render(t, r, SignIn{ReturnTo: "/board"})
			}
			if !strings.Contains(got, want) || !strings.Contains(got, `href="/help"`) ||
				!strings.Contains(got, `href="/oauth/kakao?return_to=%2Fboard`) {
				t.Errorf("%s in %s:\n%s", name, lang, got)
			}
		}
	}
}

// TestUnknownOverrideNamesTheFiles: the error lists what can be replaced.
func TestUnknownOverrideNamesTheFiles(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	cfg.Overrides = fstest.MapFS{"login.html": {Data: []byte("x")}}
	_, err := New(cfg)
	for _, name := range []string{"login.html replaces nothing", "signin.html", "layout.html", "norang.css"} {
		if err == nil || !strings.Contains(fmt.Sprint(err), name) {
			t.Errorf("%v, want something about %s", err, name)
		}
	}
}
