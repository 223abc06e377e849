package page

import (
	"strings"
	"time"
	"unicode"

	"github.com/norang-login/norang/internal/i18n"
)

// clean makes a stranger's text fit to stand in a line of ours: without control characters and without the marks that
// turn the direction of what follows (UN-02). Joiners stay: emoji and some scripts need them.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t' || c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029':
			return ' '
		case unicode.IsControl(c),
			'\u202a' <= c && c <= '\u202e', // embeddings and overrides
			'\u2066' <= c && c <= '\u2069', // isolates
			c == '\u200e', c == '\u200f', c == '\u061c', c == '\ufeff':
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// initial is what is drawn instead of a picture: the first character as a person sees one, which may be many runes (an
// emoji family, a decomposed Hangul syllable); "" if there is none.
func initial(name string) string {
	var (
		out  []rune
		prev rune
	)
	for _, c := range clean(name) {
		if len(out) == 0 && unicode.IsSpace(c) {
			continue
		}
		if len(out) > 0 && !continues(out, prev, c) || len(out) == 16 {
			break
		}
		out, prev = append(out, c), c
	}
	return strings.ToUpper(string(out))
}

// continues reports whether c belongs to the character that out begins: a much shortened form of Unicode's rule (UAX 29
// section 3.1), enough for one letter in a circle.
func continues(out []rune, prev, c rune) bool {
	const joiner = '\u200d'
	regional := func(c rune) bool { return '\U0001f1e6' <= c && c <= '\U0001f1ff' }
	switch {
	case c == joiner, prev == joiner, unicode.In(c, unicode.M):
		return true
	case '\U0001f3fb' <= c && c <= '\U0001f3ff', '\U000e0020' <= c && c <= '\U000e007f': // skin tones, flags of regions
		return true
	case regional(c):
		return len(out) == 1 && regional(prev)
	case '\u1160' <= c && c <= '\u11ff': // Hangul vowel and final after a leading consonant
		return '\u1100' <= prev && prev <= '\u11ff'
	}
	return false
}

// seoul is the zone of the dates on the pages: Korea has no summer time, and a container has no zone files.
var seoul = time.FixedZone("KST", 9*60*60)

// date writes a day; "" for no time.
func date(l i18n.Lang, t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case l == i18n.En:
		return t.In(seoul).Format("January 2, 2006")
	}
	return t.In(seoul).Format("2006년 1월 2일")
}

// moment writes a day with the time of day; "" for no time.
func moment(l i18n.Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if l == i18n.En {
		return t.In(seoul).Format("January 2, 2006, 3:04 pm") + " KST"
	}
	half := "오전"
	if t.In(seoul).Hour() >= 12 {
		half = "오후"
	}
	return date(l, t) + " " + half + t.In(seoul).Format(" 3:04")
}
