package kakao

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// parser is a strict one-pass JSON reader for untrusted input. encoding/json ignores the case of names ("SUB" fills
// sub) and uses the last of duplicate members, so that two programs can read different users from one response.
// parser matches names exactly and rejects duplicates in every object.
//
// Members that decide something (ids, subjects, flags of an e-mail address, tokens) are read by methods that fail on
// any other type. All others are read by the methods ending in OrSkip, for which an unexpected type is an absent
// member: a nickname or a birthday must not prevent a sign-in.
//
// The first error is kept: afterwards every method returns a zero value and every object and array ends, so decoders
// check the error once, by done. Errors contain an offset, never the content.
type parser struct {
	b     []byte
	i     int
	depth int
	err   error
}

const (
	maxDepth   = 24  // Kakao's responses have at most four levels
	maxMembers = 512 // members of one object; bounds the cost of checking for duplicates
)

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = errors.New("json: " + what + " at byte " + strconv.Itoa(p.i))
	}
	p.i = len(p.b)
}

// done returns the first error. Data after the value is an error.
func (p *parser) done() error {
	if p.err == nil {
		if p.space(); p.i < len(p.b) {
			p.fail("data after the value")
		}
	}
	return p.err
}

func (p *parser) space() {
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\t', '\r', '\n':
			p.i++
		default:
			return
		}
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.space(); p.i < len(p.b) {
		return p.b[p.i]
	}
	return 0
}

func (p *parser) literal(word string) bool {
	if p.i+len(word) <= len(p.b) && string(p.b[p.i:p.i+len(word)]) == word {
		p.i += len(word)
		return true
	}
	return false
}

// null consumes a null, if there is one. A null is equivalent to an absent member.
func (p *parser) null() bool { return p.peek() == 'n' && p.literal("null") }

// object iterates over the members of an object.
type object struct {
	p     *parser
	key   []byte // name of the current member, valid until the next call of next
	open  bool
	first bool
	n     int
	seen  [64]uint64          // hashes of the first names
	more  map[uint64]struct{} // hashes of further names
}

// object starts an object. A null has no members.
func (p *parser) object() object {
	open := p.enter('{', "expected an object")
	return object{p: p, open: open, first: open}
}

// enter consumes the opening bracket of an object or array. It returns false for null and after an error.
func (p *parser) enter(bracket byte, expected string) bool {
	if p.null() {
		return false
	}
	if p.peek() != bracket {
		p.fail(expected)
		return false
	}
	p.i++
	if p.depth++; p.depth > maxDepth {
		p.fail("nested too deeply")
		return false
	}
	return true
}

// more consumes the closing bracket or, before all but the first element, a comma. It reports whether an element
// follows.
func (p *parser) more(bracket byte, first bool) bool {
	if p.err != nil {
		return false
	}
	c := p.peek()
	switch {
	case c == bracket:
		p.i++
		p.depth--
		return false
	case first:
		return true
	case c != ',':
		p.fail("expected a comma")
		return false
	}
	p.i++
	return true
}

// next moves to the next member and reports whether there is one. The value must then be read by exactly one method of
// parser.
func (o *object) next() bool {
	p := o.p
	if !o.open || !p.more('}', o.first) {
		o.open = false
		return false
	}
	o.first = false
	o.key = p.text()
	if p.peek() != ':' {
		p.fail("expected a colon")
		return false
	}
	p.i++
	return o.checkDuplicate()
}

// checkDuplicate fails if the object already had a member named key. It compares 64-bit hashes; a collision of two
// different names is rejected too, which legitimate input never has.
func (o *object) checkDuplicate() bool {
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range o.key {
		h = (h ^ uint64(c)) * 1099511628211
	}
	_, duplicate := o.more[h]
	if duplicate || slices.Contains(o.seen[:min(o.n, len(o.seen))], h) {
		o.p.fail("duplicate name")
		return false
	}
	switch {
	case o.n < len(o.seen):
		o.seen[o.n] = h
	case o.n >= maxMembers:
		o.p.fail("too many members")
		return false
	default:
		if o.more == nil {
			o.more = make(map[uint64]struct{})
		}
		o.more[h] = struct{}{}
	}
	o.n++
	return true
}

// array calls elem for each element. A null has no elements.
func (p *parser) array(elem func()) {
	if !p.enter('[', "expected an array") {
		return
	}
	for first := true; p.more(']', first); first = false {
		before := p.i
		if elem(); p.err == nil && p.i == before {
			p.fail("expected a value")
		}
	}
}

// text reads a string, which must be valid UTF-8.
func (p *parser) text() []byte {
	s := p.chars()
	if !utf8.Valid(s) {
		p.fail("invalid UTF-8")
		return nil
	}
	return s
}

// chars reads a string without checking its UTF-8. The result is a slice of the input unless the string has escapes.
func (p *parser) chars() []byte {
	if p.peek() != '"' {
		p.fail("expected a string")
		return nil
	}
	p.i++
	start := p.i
	for ; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '"':
			p.i++
			return p.b[start : p.i-1]
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			p.fail("control character in a string")
			return nil
		}
	}
	p.fail("unterminated string")
	return nil
}

// escaped continues at the first backslash of the string that began at start.
func (p *parser) escaped(start int) []byte {
	out := append(make([]byte, 0, p.i-start+32), p.b[start:p.i]...)
	for p.i < len(p.b) {
		c := p.b[p.i]
		p.i++
		switch {
		case c == '"':
			return out
		case c < ' ':
			p.fail("control character in a string")
			return nil
		case c != '\\':
			out = append(out, c)
		default:
			if out = p.escape(out); p.err != nil {
				return nil
			}
		}
	}
	p.fail("unterminated string")
	return nil
}

func (p *parser) escape(out []byte) []byte {
	if p.i >= len(p.b) {
		p.fail("unterminated string")
		return out
	}
	c := p.b[p.i]
	p.i++
	switch c {
	case '"', '\\', '/':
		return append(out, c)
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'u':
		r := p.hex4()
		if utf16.IsSurrogate(r) {
			// A lone surrogate becomes U+FFFD: one in a nickname must not prevent a sign-in. Whatever follows it is
			// consumed only if it is the other half.
			low := p.i
			if p.literal(`\u`) {
				if pair := utf16.DecodeRune(r, p.hex4()); pair != utf8.RuneError {
					return utf8.AppendRune(out, pair)
				}
				if p.err != nil {
					return out
				}
				p.i = low
			}
			r = utf8.RuneError
		}
		return utf8.AppendRune(out, r)
	}
	p.fail("invalid escape")
	return out
}

func (p *parser) hex4() rune {
	n, err := strconv.ParseUint(string(p.b[p.i:min(p.i+4, len(p.b))]), 16, 32)
	if err != nil || p.i+4 > len(p.b) {
		p.fail("invalid \\u escape")
		return 0
	}
	p.i += 4
	return rune(n)
}

// str reads a string. A null is "".
func (p *parser) str() string {
	if p.null() {
		return ""
	}
	return string(p.text())
}

// flag reads a boolean. A null is Absent; anything else, such as the string "true", is an error.
func (p *parser) flag() Flag {
	switch {
	case p.null():
		return Absent
	case p.literal("true"):
		return Yes
	case p.literal("false"):
		return No
	}
	p.fail("expected a boolean")
	return Absent
}

// int reads an integer. A null is 0. Fractions, exponents and numbers outside int64 are errors: a user id rounded to a
// float belongs to another user.
func (p *parser) int() int64 {
	if p.null() {
		return 0
	}
	n, err := strconv.ParseInt(string(p.number()), 10, 64)
	if err != nil {
		p.fail("expected an integer")
		return 0
	}
	return n
}

// number consumes a number and returns its text.
func (p *parser) number() []byte {
	p.space()
	start := p.i
	digits := func() bool {
		from := p.i
		for p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9' {
			p.i++
		}
		return p.i > from
	}
	at := func(set string) bool {
		for k := range len(set) {
			if p.i < len(p.b) && p.b[p.i] == set[k] {
				p.i++
				return true
			}
		}
		return false
	}
	at("-")
	ok := (at("0") || digits()) && (!at(".") || digits())
	if ok && at("eE") {
		at("+-")
		ok = digits()
	}
	if !ok {
		p.fail("expected a number")
	}
	if p.err != nil {
		return nil
	}
	return p.b[start:p.i]
}

// strs reads an array of strings. A null is nil.
func (p *parser) strs() []string {
	var list []string
	p.array(func() { list = append(list, p.str()) })
	return list
}

// skip reads and discards a value. It must be valid JSON without duplicate names, but strings need not be UTF-8.
func (p *parser) skip() {
	switch c := p.peek(); c {
	case '{':
		o := p.object()
		for o.next() {
			p.skip()
		}
	case '[':
		p.array(p.skip)
	case '"':
		p.chars()
	case 't', 'f', 'n':
		p.flag()
	default:
		p.number()
	}
}

// clampInt limits untrusted seconds to a range that cannot overflow a Duration.
func clampInt(n int64) int64 { return min(max(n, 0), math.MaxInt32) }

// Flag is a boolean that may be absent. It deliberately has no conversion to bool: a value other than No is not
// necessarily Yes.
type Flag int8

// The values of a Flag.
const (
	Absent Flag = iota
	No
	Yes
)

// String returns "absent", "no" or "yes".
func (f Flag) String() string {
	switch f {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "absent"
}
