package i18n

import (
	"strings"
)

// Lang is a language that norang speaks, as a BCP 47 primary subtag, fit for HTML's lang attribute. The zero Lang reads as
// [Ko] everywhere in this package.
type Lang string

const (
	// Ko is Korean, the language of a reader who states none.
	Ko Lang = "ko"
	// En is English, the language of a reader who states others only.
	En Lang = "en"
)

// Langs lists the languages in the order in which a switch shows them.
func Langs() []Lang { return []Lang{Ko, En} }

// Parse reads a choice of language as it stands in a query or a cookie: exactly "ko" or "en". It reports false for
// anything else, so that no stranger's text ever becomes a lang attribute.
func Parse(s string) (Lang, bool) {
	switch Lang(s) {
	case Ko:
		return Ko, true
	case En:
		return En, true
	}
	return "", false
}

// Own is the language's name in itself, for a switch.
func (l Lang) Own() string {
	if l == En {
		return "English"
	}
	return "한국어"
}

// Bounds of the Accept-Language header. Browsers send some 40 bytes; a longer header is a stranger's work, and what stands
// beyond the bound is not looked at.
const (
	maxHeader = 1024
	maxRanges = 32
)

// Match chooses the language for a reader: override (a value that [Parse] accepts) before acceptLanguage (RFC 9110 section
// 12.5.4, matched by the lookup of RFC 4647 section 3.4: "ko-KR" finds "ko").
//
// Without a header, or with one that states no wish, it is Korean: the service is. With a header that wishes for other
// languages only it is English, because whoever reads French or Japanese is likelier to read English than Korean. "*" is
// a wish for whatever there is and finds Korean first. "q=0" is a refusal.
func Match(acceptLanguage, override string) Lang {
	if l, ok := Parse(override); ok {
		return l
	}
	if len(acceptLanguage) > maxHeader {
		acceptLanguage = acceptLanguage[:maxHeader]
		// The last range may have been cut in two, and half a range is another language.
		acceptLanguage = acceptLanguage[:strings.LastIndexByte(acceptLanguage, ',')+1]
	}
	w := wishes{ko: unstated, en: unstated, any: unstated}
	for n := 0; acceptLanguage != "" && n < maxRanges; n++ {
		var item string
		item, acceptLanguage, _ = strings.Cut(acceptLanguage, ",")
		if tag, q, ok := parseRange(item); ok {
			w.add(tag, q)
		}
	}
	return w.best()
}

// unstated is no weight: the header says nothing of the language.
const unstated = -1

// wishes are the weights (0 to 1000) of what we speak, the wildcard's, and whether another language was wished for.
type wishes struct {
	ko, en, any int
	enFirst     bool // en was named before ko
	other       bool
}

func (w *wishes) add(tag string, q int) {
	primary, region, _ := strings.Cut(strings.ToLower(tag), "-")
	switch {
	case primary == "*":
		w.any = max(w.any, q)
	case primary == string(Ko):
		// "en-GB;q=0" refuses one English, not English.
		if q > 0 || region == "" {
			w.ko = max(w.ko, q)
		}
	case primary == string(En):
		if q > 0 || region == "" {
			w.enFirst = w.enFirst || w.ko == unstated
			w.en = max(w.en, q)
		}
	case q > 0:
		w.other = true
	}
}

func (w wishes) best() Lang {
	ko, en := w.ko, w.en
	if ko == unstated {
		ko = w.any
	}
	if en == unstated {
		en = w.any
	}
	switch {
	case ko <= 0 && en <= 0:
		// Nothing that we speak is wished for. A refusal of Korean still counts.
		if w.other || (w.ko == 0 && w.en != 0) {
			return En
		}
		return Ko
	case ko != en:
		if ko > en {
			return Ko
		}
		return En
	case w.enFirst:
		return En // equal weights: the order of the header is the reader's
	}
	return Ko
}

// parseRange reads one element of the list: a language range and its weight in thousandths.
func parseRange(s string) (tag string, q int, ok bool) {
	tag, params, weighted := strings.Cut(s, ";")
	tag = strings.Trim(tag, " \t")
	if !isRange(tag) {
		return "", 0, false
	}
	if !weighted {
		return tag, 1000, true
	}
	name, value, found := strings.Cut(strings.Trim(params, " \t"), "=")
	if !found || !strings.EqualFold(name, "q") {
		return "", 0, false
	}
	q, ok = parseQ(value)
	return tag, q, ok
}

// isRange reports the syntax of RFC 4647 section 2.1: "*" or subtags of 1 to 8 letters and digits.
func isRange(s string) bool {
	if s == "*" {
		return true
	}
	for sub := range strings.SplitSeq(s, "-") {
		if len(sub) < 1 || len(sub) > 8 {
			return false
		}
		for _, c := range []byte(sub) {
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '*') {
				return false
			}
		}
	}
	return true
}

// parseQ reads a weight by the grammar of RFC 9110 section 12.4.2: 0 or 1 with at most three decimals. A float parser
// would also take "NaN", "1e9" and "-0".
func parseQ(s string) (int, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if (whole != "0" && whole != "1") || len(frac) > 3 {
		return 0, false
	}
	q := 0
	for i := range 3 {
		q *= 10
		if i < len(frac) {
			if frac[i] < '0' || frac[i] > '9' {
				return 0, false
			}
			q += int(frac[i] - '0')
		}
	}
	if whole == "1" {
		return 1000, q == 0
	}
	return q, true
}
