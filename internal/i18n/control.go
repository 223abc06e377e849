package i18n

import (
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// Control reports whether a character moves the cursor of a terminal, ends a line or changes the direction of the text
// around it: C0, DEL and C1 controls, line and paragraph separators, and marks of bidirectional text. Strangers write
// names, user agents and paths with them (LI-07).
func Control(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// EscapeJSON returns a writer of JSON that writes such characters as \uXXXX. A JSON encoder escapes only those below
// U+0020; it writes none of the others outside of strings.
func EscapeJSON(w io.Writer) io.Writer { return &escaper{w: w} }

type escaper struct {
	w    io.Writer
	rest []byte // of a character that the next write completes
}

func (e *escaper) Write(p []byte) (int, error) {
	b := append(e.rest, p...)
	out := make([]byte, 0, len(b))
	for utf8.FullRune(b) {
		r, n := utf8.DecodeRune(b)
		if r >= 0x7f && Control(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	e.rest = append([]byte(nil), b...)
	_, err := e.w.Write(out)
	return len(p), err
}
