package oauthclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Object is a JSON object whose members are read by name. Providers change types (text for numbers), so each member is
// read leniently, but a repeated name is refused: two readers could see different values.
type Object map[string]json.RawMessage

// maxDepth bounds the nesting of a response.
const maxDepth = 16

// ParseObject reads a JSON object of at most 16 levels. The members are parts of body.
func ParseObject(body []byte) (Object, error) {
	body = bytes.Trim(body, " \t\r\n")
	switch {
	case len(body) == 0 || body[0] != '{':
		return nil, errors.New("not a JSON object")
	case !json.Valid(body):
		return nil, errors.New("invalid JSON")
	}
	o := Object{}
	for i := 1; ; i++ { // after "{" or ","
		name, end, _ := part(body, i)
		if len(name) == 0 { // {}
			return o, nil
		}
		value, end, depth := part(body, end+1)
		if depth > maxDepth {
			return nil, errors.New("nested too deeply")
		}
		key, _ := text(name)
		if _, ok := o[key]; ok {
			return nil, fmt.Errorf("member %.40q is repeated", key)
		}
		if o[key] = value; body[end] == '}' {
			return o, nil
		}
		i = end
	}
}

// part returns the name or value that begins at i in a valid object, the index of the ":", "," or "}" after it, and how
// deeply it nests.
func part(b []byte, i int) (value []byte, end, depth int) {
	start, level, quoted := i, 0, false
	for ; ; i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case level == 0 && (c == ':' || c == ',' || c == '}'):
			return bytes.TrimSpace(b[start:i]), i, depth
		case c == '{' || c == '[':
			level++
			depth = max(depth, level)
		case c == '}' || c == ']':
			level--
		}
	}
}

// text decodes a JSON string; ok is false for any other value. Bytes that are not UTF-8 become U+FFFD.
func text(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner), true
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err == nil
}

// Text reads a member that is text or a number; "" for anything else.
func (o Object) Text(name string) string {
	value := o[name]
	if s, ok := text(value); ok {
		return s
	}
	if len(value) > 0 && (value[0] == '-' || value[0] >= '0' && value[0] <= '9') {
		return string(value)
	}
	return ""
}

// String reads a member that is text; ok is false if it is absent or of another type.
func (o Object) String(name string) (s string, ok bool) { return text(o[name]) }

// Strings reads a member that is text or an array of text (RFC 7519 section 4.1.3); nil for anything else.
func (o Object) Strings(name string) []string {
	if s, ok := o.String(name); ok {
		return []string{s}
	}
	var list []*string
	if json.Unmarshal(o[name], &list) != nil {
		return nil
	}
	all := make([]string, 0, len(list))
	for _, s := range list {
		if s == nil {
			return nil
		}
		all = append(all, *s)
	}
	return all
}

// Object reads a member that is an object; nil for anything else.
func (o Object) Object(name string) Object {
	sub, err := ParseObject(o[name])
	if err != nil {
		return nil
	}
	return sub
}

// Bool reads a member that is true or false; false for anything else, text included.
func (o Object) Bool(name string) bool { return string(o[name]) == "true" }

// BoolOrText is Bool for the members of providers that document text: "true" counts too.
func (o Object) BoolOrText(name string) bool { return o.Bool(name) || string(o[name]) == `"true"` }

// Time reads a NumericDate (RFC 7519 section 2), which may have a fraction. It returns the zero time for anything else
// and for values outside the years 1970 to 9999.
func (o Object) Time(name string) time.Time {
	value := o[name]
	var seconds float64
	if len(value) == 0 || value[0] < '0' || value[0] > '9' || json.Unmarshal(value, &seconds) != nil {
		return time.Time{}
	}
	if seconds <= 0 || seconds > 253402300799 { // 9999-12-31
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
