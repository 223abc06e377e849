package oauthclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Object is a JSON object whose members are read by name. Providers change types (text for numbers), so each member is
// read leniently, but a repeated name is refused: two readers could see different values.
type Object map[string]json.RawMessage

// maxDepth bounds the nesting of a response.
const maxDepth = 16

// ParseObject reads a JSON object of at most 16 levels.
func ParseObject(body []byte) (Object, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	start, err := dec.Token()
	if err != nil || start != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	o := Object{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errors.New("invalid JSON")
		}
		key, _ := name.(string)
		if _, ok := o[key]; ok {
			return nil, fmt.Errorf("member %.40q is repeated", key)
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil || depth(value) > maxDepth {
			return nil, errors.New("invalid JSON")
		}
		o[key] = value
	}
	if _, err := dec.Token(); err != nil || dec.More() {
		return nil, errors.New("invalid JSON")
	}
	return o, nil
}

// depth returns how deeply a valid JSON value nests.
func depth(value []byte) int {
	deepest, level, text := 0, 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// Text reads a member that is text or a number; "" for anything else.
func (o Object) Text(name string) string {
	value := o[name]
	var s string
	if json.Unmarshal(value, &s) == nil {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	var n json.Number
	if len(value) > 0 && (value[0] == '-' || value[0] >= '0' && value[0] <= '9') && json.Unmarshal(value, &n) == nil {
		return n.String()
	}
	return ""
}

// String reads a member that is text; ok is false if it is absent or of another type.
func (o Object) String(name string) (s string, ok bool) {
	value := o[name]
	if len(value) == 0 || value[0] != '"' || json.Unmarshal(value, &s) != nil {
		return "", false
	}
	return s, true
}

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
