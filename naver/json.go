package naver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// object is a JSON object whose members are read by name. Naver changes types (text for numbers), so each member is
// read leniently, but a repeated name is refused: two readers could see different values.
type object map[string]json.RawMessage

// maxDepth bounds the nesting of a response.
const maxDepth = 16

func parseObject(body []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	start, err := dec.Token()
	if err != nil || start != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	o := object{}
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

// text reads a member that is text or a number; "" for anything else.
func (o object) text(name string) string {
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
