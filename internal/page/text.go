package page

import (
	"strings"
	"time"
	"unicode"

	"github.com/norang-login/norang/internal/i18n"
)

// clean makes a stranger's text fit for a line of a page: it removes control characters and marks that change the
// text direction (UN-02). Joiners stay: emoji and some scripts need them.
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

// initial is drawn instead of a picture: the first visible character, which may be many runes (an emoji family, a
// decomposed Hangul syllable); "" if there is none.
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

// continues reports whether c belongs to the character in out: a short form of Unicode's rule (UAX 29 section 3.1),
// sufficient for one letter in a circle.
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

// date writes a day, with spaces that do not break; "" for no time.
func date(l i18n.Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return tied(t.In(seoul).Format(i18n.Text{Ko: "2006년 1월 2일", En: "January 2, 2006"}.In(l)))
}

// tied keeps a date or a time of day on one line.
func tied(text string) string { return strings.ReplaceAll(text, " ", "\u00a0") }

// clock writes the time of day.
func clock(l i18n.Lang, at time.Time) string {
	switch {
	case l == i18n.En:
		return tied(at.Format("3:04 pm") + " KST")
	case at.Hour() >= 12:
		return tied("오후" + at.Format(" 3:04"))
	}
	return tied("오전" + at.Format(" 3:04"))
}

// moment writes a day with the time of day; "" for no time.
func moment(l i18n.Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return date(l, t) + i18n.Text{Ko: " ", En: ", "}.In(l) + clock(l, t.In(seoul))
}

// when writes a moment relative to the day of now: "어제 오후 3:20". A moment in the future is written in full, like one
// of another year.
func when(l i18n.Lang, now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	now, at := now.In(seoul), t.In(seoul)
	y, m, d := now.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, seoul)
	day := ""
	switch {
	case !at.Before(midnight.AddDate(0, 0, 1)):
	case !at.Before(midnight):
		day = i18n.Text{Ko: "오늘", En: "today"}.In(l)
	case !at.Before(midnight.AddDate(0, 0, -1)):
		day = i18n.Text{Ko: "어제", En: "yesterday"}.In(l)
	case at.Year() == y:
		day = tied(at.Format(i18n.Text{Ko: "1월 2일", En: "January 2"}.In(l)))
	}
	if day == "" {
		return moment(l, t)
	}
	return day + i18n.Text{Ko: " ", En: ", "}.In(l) + clock(l, at)
}
