package kakao

import (
	"errors"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A strict reader of JSON for what strangers send. encoding/json matches names
// without regard to case ("SUB" fills sub) and takes the last of duplicates, so two
// readers of one answer can see two people; this one knows exact names only and refuses
// duplicates in any object. It reads in one pass, without reflection.
//
// The first error sticks: after it every method returns a zero value and every
// object and array ends, so decoders read straight through and check err once, in
// done. Errors name an offset, never the content.
type parser struct {
	b     []byte
	i     int
	depth int
	err   error
}

const (
	maxDepth   = 24  // Kakao's deepest answer has four levels
	maxMembers = 512 // names in one object; keeps the duplicate check cheap
)

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = errors.New("json: " + what + " at byte " + strconv.Itoa(p.i))
	}
	p.i = len(p.b)
}

// done gives the first error, trailing data included.
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

// peek skips blanks and gives the next byte, 0 at the end.
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

// null consumes a null, which counts as an absent member everywhere.
func (p *parser) null() bool { return p.peek() == 'n' && p.literal("null") }

// object walks the members of one object.
type object struct {
	p     *parser
	key   []byte // name of the present member, valid until the next call of next
	open  bool
	first bool
	n     int
	seen  [64]uint64          // hashes of the names so far
	more  map[uint64]struct{} // the same beyond 64
}

// object begins an object; null is an object without members.
func (p *parser) object() object {
	if p.null() {
		return object{p: p}
	}
	if p.peek() != '{' {
		p.fail("no object")
		return object{p: p}
	}
	if p.i++; p.enter() {
		return object{p: p, open: true, first: true}
	}
	return object{p: p}
}

func (p *parser) enter() bool {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested too deeply")
		return false
	}
	return true
}

// next moves to the next member and reports whether there is one. The value must
// then be read by exactly one method of parser.
func (o *object) next() bool {
	p := o.p
	if !o.open || p.err != nil {
		return false
	}
	c := p.peek()
	if c == '}' {
		p.i++
		p.depth--
		o.open = false
		return false
	}
	if !o.first {
		if c != ',' {
			p.fail("no comma")
			return false
		}
		p.i++
	}
	o.first = false
	o.key = p.text()
	if p.peek() != ':' {
		p.fail("no colon")
		return false
	}
	p.i++
	return o.once()
}

// once refuses a name that this object had before. Names are compared by a 64-bit
// hash: equal names always meet; two unlike names meeting by chance or by intent
// are refused too, which harms only whoever wrote them.
func (o *object) once() bool {
	h := uint64(14695981039346656037)
	for _, c := range o.key {
		h = (h ^ uint64(c)) * 1099511628211
	}
	for _, s := range o.seen[:min(o.n, len(o.seen))] {
		if s == h {
			o.p.fail("a name twice")
			return false
		}
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
		if _, ok := o.more[h]; ok {
			o.p.fail("a name twice")
			return false
		}
		o.more[h] = struct{}{}
	}
	o.n++
	return true
}

// array calls elem for each element; null is an empty array.
func (p *parser) array(elem func()) {
	if p.null() {
		return
	}
	if p.peek() != '[' {
		p.fail("no array")
		return
	}
	if p.i++; !p.enter() {
		return
	}
	for first := true; p.err == nil; first = false {
		c := p.peek()
		if c == ']' {
			p.i++
			p.depth--
			return
		}
		if !first {
			if c != ',' {
				p.fail("no comma")
				return
			}
			p.i++
		}
		before := p.i
		if elem(); p.err == nil && p.i == before {
			p.fail("no value")
		}
	}
}

// text reads a string and gives its bytes, a slice of the input where it has no escapes.
func (p *parser) text() []byte {
	if p.peek() != '"' {
		p.fail("no string")
		return nil
	}
	p.i++
	start := p.i
	for ascii := true; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '"':
			s := p.b[start:p.i]
			p.i++
			if !ascii && !utf8.Valid(s) {
				p.i = start
				p.fail("bad UTF-8")
				return nil
			}
			return s
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			p.fail("control character in a string")
			return nil
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	p.fail("string without end")
	return nil
}

// escaped goes on from the first backslash of the string that began at start.
func (p *parser) escaped(start int) []byte {
	out := append(make([]byte, 0, p.i-start+32), p.b[start:p.i]...)
	for p.i < len(p.b) {
		c := p.b[p.i]
		p.i++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				p.fail("bad UTF-8")
				return nil
			}
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
	p.fail("string without end")
	return nil
}

func (p *parser) escape(out []byte) []byte {
	if p.i >= len(p.b) {
		p.fail("string without end")
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
			// A lone half becomes U+FFFD: a nickname may hold one, and that must not stop a login.
			if p.literal(`\u`) {
				if low := utf16.DecodeRune(r, p.hex4()); low != utf8.RuneError {
					return utf8.AppendRune(out, low)
				}
			}
			r = utf8.RuneError
		}
		return utf8.AppendRune(out, r)
	}
	p.fail("unknown escape")
	return out
}

func (p *parser) hex4() rune {
	if p.i+4 > len(p.b) {
		p.fail("short \\u escape")
		return 0
	}
	n, err := strconv.ParseUint(string(p.b[p.i:p.i+4]), 16, 32)
	if err != nil {
		p.fail("bad \\u escape")
		return 0
	}
	p.i += 4
	return rune(n)
}

// str reads a string; null reads as "".
func (p *parser) str() string {
	if p.null() {
		return ""
	}
	return string(p.text())
}

// flag reads a boolean; null reads as Absent. Anything else, "true" in quotes too,
// is an error: a flag that is merely not false must never count as true.
func (p *parser) flag() Flag {
	switch {
	case p.null():
		return Absent
	case p.literal("true"):
		return Yes
	case p.literal("false"):
		return No
	}
	p.fail("no boolean")
	return Absent
}

// int reads a whole number; null reads as 0. Fractions, exponents and numbers beyond
// int64 are errors: a user id that went through a float is somebody else's.
func (p *parser) int() int64 {
	if p.null() {
		return 0
	}
	s := p.number()
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		p.fail("no whole number")
		return 0
	}
	return n
}

// number skips one number by JSON's grammar and gives its text.
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
	if zero := at("0"); !zero && !digits() {
		p.fail("no number")
		return nil
	}
	if at(".") && !digits() {
		p.fail("no number")
		return nil
	}
	if at("eE") {
		if at("+-"); !digits() {
			p.fail("no number")
			return nil
		}
	}
	if p.err != nil {
		return nil
	}
	return p.b[start:p.i]
}

// strs reads an array of strings; null reads as nil.
func (p *parser) strs() []string {
	var list []string
	p.array(func() { list = append(list, p.str()) })
	return list
}

// skip reads any value and keeps nothing, with the same strictness as if it were used.
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
		p.text()
	case 't', 'f', 'n':
		p.flag()
	default:
		p.number()
	}
}

// clampInt turns seconds of a stranger into an int that cannot overflow a Duration.
func clampInt(n int64) int64 { return min(max(n, 0), math.MaxInt32) }

// Flag is a boolean that may be missing. There is no conversion to bool on purpose:
// "not No" is not "Yes".
type Flag int8

// The three values of a Flag; the zero value is Absent.
const (
	Absent Flag = iota
	No
	Yes
)

// String gives "absent", "no" or "yes".
func (f Flag) String() string {
	switch f {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "absent"
}
