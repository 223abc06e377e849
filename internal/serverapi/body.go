package serverapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/web"
)

// maxBody bounds a body: a batch of 100 keys of 2048 bytes fits.
const maxBody = 256 << 10

func bad(reason string) error { return &problem.Error{Code: problem.RequestBad, Reason: reason} }

// parseQuery accepts the parameters of an endpoint, each once.
func parseQuery(raw string, allowed []parameter) (map[string]string, error) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return nil, bad("the query cannot be parsed")
	}
	out := map[string]string{}
	for name, values := range q {
		if len(values) != 1 {
			return nil, bad("a parameter occurs more than once in the query")
		}
		known := false
		for _, p := range allowed {
			known = known || p.name == name
		}
		if !known {
			names := []string{}
			for _, p := range allowed {
				names = append(names, p.name)
			}
			if len(names) == 0 {
				return nil, bad("unknown parameter in the query; this call takes none")
			}
			return nil, bad("unknown parameter in the query; known are: " + strings.Join(names, ", "))
		}
		out[name] = values[0]
	}
	return out, nil
}

// number returns a parameter of a query; byDefault if it is absent. A value above most is refused and not cut.
func (c *call) number(name string, byDefault, least, most int64) (int64, error) {
	text, given := c.query[name]
	if !given {
		return byDefault, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, bad(name + " must be a number from " + strconv.FormatInt(least, 10) + " to " + strconv.FormatInt(most, 10))
	}
	return n, nil
}

// readBody reads the body of an endpoint that has one, and refuses it elsewhere.
func readBody(w http.ResponseWriter, r *web.Request, e endpoint) ([]byte, error) {
	if e.body == nil {
		if r.ContentLength > 0 {
			return nil, bad("this call has no body")
		}
		return nil, nil
	}
	if r.ContentLength == 0 && !e.patch && len(required(reflect.TypeOf(e.body))) == 0 {
		return []byte("{}"), nil
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if want := mediaType(e); err != nil || media != want && media != "application/json" {
		return nil, &problem.Error{Code: problem.RequestUnsupportedType, Reason: "Content-Type must be " + want}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return nil, &problem.Error{
			Code: problem.RequestTooLarge, Err: err, Reason: "the body must be at most " + strconv.Itoa(maxBody) + " bytes",
		}
	}
	if err != nil {
		return nil, problem.Wrap(problem.RequestBad, err)
	}
	if !utf8.Valid(raw) { // encoding/json would read U+FFFD, and refs in EUC-KR would become one
		return nil, bad("the body is not UTF-8")
	}
	return raw, nil
}

// decode reads a body into a new value of the type of like. Unknown and duplicate members and names in other letter
// case are refused: encoding/json alone accepts the latter two.
func decode(raw []byte, like any) (any, error) {
	t := reflect.TypeOf(like)
	if err := checkMembers(raw, t); err != nil {
		return nil, err
	}
	v := reflect.New(t).Interface()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return nil, bad("member " + wrong.Field + " has the wrong type: want " + wrong.Type.String())
		}
		return nil, bad("the body is not a JSON object")
	}
	return v, nil
}

// checkMembers compares the names of an object with those of a struct.
func checkMembers(raw []byte, t reflect.Type) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return bad("the body is not a JSON object")
	}
	known, keys, seen := memberNames(t), keyMembers(t), map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		switch {
		case err != nil || !ok:
			return bad("the body is not a JSON object")
		case seen[name]:
			return bad("a member of the body occurs twice")
		}
		if !strings.Contains(" "+strings.Join(known, " ")+" ", " "+name+" ") {
			return bad("unknown member of the body; known are: " + strings.Join(known, ", "))
		}
		seen[name] = true
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return bad("the body is not a JSON object")
		}
		if keys[name] && hasHalfPair(skip) {
			return bad("member " + name + ` has half a surrogate pair, such as \ud800 alone: escape both halves, or send UTF-8`)
		}
	}
	if _, err := d.Token(); err != nil {
		return bad("the body is not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return bad("the body has text after the JSON object")
	}
	for _, name := range required(t) {
		if !seen[name] {
			return bad("member " + name + " is missing")
		}
	}
	return nil
}

// memberNames are the members of a struct.
func memberNames(t reflect.Type) (all []string) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}

// keyMembers are the members that name users, marked "key".
func keyMembers(t reflect.Type) map[string]bool {
	all := map[string]bool{}
	for i, name := range memberNames(t) {
		all[name] = t.Field(i).Tag.Get("key") != ""
	}
	return all
}

// hasHalfPair reports whether valid JSON has the escape of half a surrogate pair. encoding/json reads each such half as
// U+FFFD, so different keys would become one.
func hasHalfPair(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		r, escaped := unicodeEscape(raw[i:])
		if !escaped {
			i++ // the next character is escaped
			continue
		}
		if i += 5; !utf16.IsSurrogate(r) {
			continue
		}
		low, _ := unicodeEscape(raw[i+1:])
		if utf16.DecodeRune(r, low) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// unicodeEscape reads the \uXXXX with which JSON text begins; false if it begins with anything else.
func unicodeEscape(text []byte) (rune, bool) {
	if !bytes.HasPrefix(text, []byte(`\u`)) || len(text) < 6 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}

// required are the members that are not marked "omitempty".
func required(t reflect.Type) (all []string) {
	for i := range t.NumField() {
		if name, rest, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); !strings.Contains(rest, "omitempty") {
			all = append(all, name)
		}
	}
	return all
}
