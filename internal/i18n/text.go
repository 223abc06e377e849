package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed ko.json en.json
var files embed.FS

// Part is a piece of a text: words (Name is "") or a placeholder, {name} in the file.
type Part struct {
	Text string
	Name string
}

// catalogs are the texts by language and key. They are embedded, so an error in them is found by the tests.
var catalogs = sync.OnceValue(func() map[Lang]map[string][]Part {
	all := map[Lang]map[string][]Part{}
	for _, l := range Langs() {
		raw, err := files.ReadFile(string(l) + ".json")
		if err != nil {
			panic("i18n: " + err.Error())
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			panic(fmt.Sprintf("i18n: %s.json: %v", l, err))
		}
		all[l] = make(map[string][]Part, len(texts))
		for key, text := range texts {
			all[l][key] = split(text)
		}
	}
	return all
})

// split finds the placeholders. Any other brace is text.
func split(text string) []Part {
	var parts []Part
	for text != "" {
		open := strings.IndexByte(text, '{')
		end := strings.IndexByte(text, '}')
		if open < 0 || end < open {
			return append(parts, Part{Text: text})
		}
		if open > 0 {
			parts = append(parts, Part{Text: text[:open]})
		}
		parts = append(parts, Part{Name: text[open+1 : end]})
		text = text[end+1:]
	}
	return parts
}

// Parts returns a text in pieces, for callers that must escape values differently from the words around them (HTML).
// The slice is shared and must not be changed. For an unknown key it returns the key itself.
func Parts(l Lang, key string) []Part {
	if l != En {
		l = Ko
	}
	if parts, ok := catalogs()[l][key]; ok {
		return parts
	}
	return []Part{{Text: key}}
}

// T returns the text of a key. args are pairs of a placeholder's name and its value:
// T(Ko, "home.title", "service", "놀이터"). Values are inserted verbatim; a placeholder without a value is empty.
func T(l Lang, key string, args ...string) string {
	parts := Parts(l, key)
	var b strings.Builder
	for _, p := range parts {
		if p.Name == "" {
			b.WriteString(p.Text)
			continue
		}
		b.WriteString(Arg(p.Name, args))
	}
	return b.String()
}

// Arg returns a placeholder's value from pairs of name and value, "" if there is none.
func Arg(name string, args []string) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return ""
}

// WithParticle appends the Korean particle that fits the last sound of a word: closed after a final consonant, open
// otherwise. 으로/로 takes 로 after ㄹ too. After other scripts, where the sound is unknown, both are written: "Go(으)로".
func WithParticle(word, closed, open string) string {
	const first, last, finals, rieul = '가', '힣', 28, 8
	c, _ := utf8.DecodeLastRuneInString(word)
	if c < first || c > last {
		return word + "(" + strings.TrimSuffix(closed, open) + ")" + open
	}
	switch final := (c - first) % finals; {
	case final == 0, final == rieul && open == "로":
		return word + open
	}
	return word + closed
}

// Has reports whether a key exists.
func Has(key string) bool {
	_, ok := catalogs()[Ko][key]
	return ok
}

// Keys lists all keys in order, for tests and document generators.
func Keys() []string { return slices.Sorted(maps.Keys(catalogs()[Ko])) }
