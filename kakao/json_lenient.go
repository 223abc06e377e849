package kakao

import (
	"strconv"
	"strings"
	"time"
)

// stringOrSkip reads a string, or skips any other value and returns "". Bytes that are not UTF-8 become U+FFFD.
func (p *parser) stringOrSkip() string {
	if p.peek() == '"' {
		return strings.ToValidUTF8(string(p.chars()), "\ufffd")
	}
	p.skip()
	return ""
}

// flagOrSkip reads a boolean, or skips any other value and returns Absent.
func (p *parser) flagOrSkip() Flag {
	if c := p.peek(); c == 't' || c == 'f' {
		return p.flag()
	}
	p.skip()
	return Absent
}

// intOrSkip reads an integer, which may be in quotes, or skips any other value and returns 0. A fraction is dropped.
func (p *parser) intOrSkip() int64 {
	var text string
	switch c := p.peek(); {
	case c == '"':
		text = string(p.chars())
	case c == '-' || c >= '0' && c <= '9':
		text = string(p.number())
	default:
		p.skip()
	}
	whole, _, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// objectOrSkip starts an object. Any other value is skipped and has no members.
func (p *parser) objectOrSkip() object {
	if p.peek() == '{' {
		return p.object()
	}
	p.skip()
	return object{p: p}
}

// arrayOrSkip calls elem for each element of an array. Any other value is skipped and has no elements.
func (p *parser) arrayOrSkip(elem func()) {
	if p.peek() == '[' {
		p.array(elem)
		return
	}
	p.skip()
}

// stringsOrSkip reads the strings of an array. Other elements and other values are skipped.
func (p *parser) stringsOrSkip() []string {
	var list []string
	p.arrayOrSkip(func() {
		if p.peek() == '"' {
			list = append(list, p.stringOrSkip())
		} else {
			p.skip()
		}
	})
	return list
}

// stringMap reads an object of strings. Numbers and booleans, which Kakao returns for some properties, are converted
// to text; objects and arrays are skipped.
func (p *parser) stringMap() map[string]string {
	var m map[string]string
	for o := p.objectOrSkip(); o.next(); {
		if m == nil {
			m = make(map[string]string)
		}
		name := string(o.key)
		switch c := p.peek(); {
		case c == '"':
			m[name] = p.stringOrSkip()
		case c == '-' || c >= '0' && c <= '9':
			m[name] = string(p.number())
		case c == 't' || c == 'f':
			m[name] = strconv.FormatBool(p.flag() == Yes)
		default:
			p.skip()
		}
	}
	return m
}

// time reads an RFC 3339 time. Anything else is the zero time.
func (p *parser) time() time.Time {
	t, err := time.Parse(time.RFC3339, p.stringOrSkip())
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
