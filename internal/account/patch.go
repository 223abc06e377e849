package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/audit"
)

// MaxMeta is the longest [User.Meta], in bytes of compact JSON.
const MaxMeta = 4096

// maxMetaDepth bounds how deep objects and arrays of meta are nested.
const maxMetaDepth = 32

// The errors of a [Patch].
var (
	// ErrInvalidRef: the text cannot be a ref. See [ValidRef].
	ErrInvalidRef = fmt.Errorf("account: ref must be 1 to %d bytes of UTF-8 without NUL or U+FFFD", MaxRef)
	// ErrInvalidMeta: the text is not a JSON object or null in UTF-8, has a duplicate member or a NUL, or is nested too
	// deep.
	ErrInvalidMeta = errors.New("account: invalid meta")
	// ErrMetaTooLarge: meta would be longer than [MaxMeta].
	ErrMetaTooLarge = fmt.Errorf("account: meta must be at most %d bytes", MaxMeta)
)

// Patch changes what the app keeps with a user.
type Patch struct {
	UserID ID
	// Ref is the new ref, "" to remove it; nil leaves it as it is.
	Ref *string
	// Meta is a JSON merge patch (RFC 7396) for User.Meta, "null" to remove all of it; nil leaves it as it is.
	Meta  json.RawMessage
	At    time.Time // zero: now
	Actor audit.Actor
}

// ValidRef reports whether text can become a ref: 1 to [MaxRef] bytes of UTF-8 without NUL or U+FFFD. Every decoder
// writes U+FFFD for what it cannot read, such as half a surrogate pair in JSON, so different refs would become one. A
// user who has such a ref from an earlier build keeps it.
func ValidRef(text string) bool {
	return text != "" && len(text) <= MaxRef && utf8.ValidString(text) && !strings.ContainsAny(text, "\x00\uFFFD")
}

// Check reports what is wrong with the patch itself: [ErrInvalidRef], [ErrInvalidMeta].
func (p Patch) Check() error {
	if p.Ref != nil && *p.Ref != "" && !ValidRef(*p.Ref) {
		return ErrInvalidRef
	}
	if p.Meta == nil {
		return nil
	}
	_, err := parseMeta(p.Meta)
	return err
}

// Apply returns the user after the patch, and whether anything changes. [ErrNotFound] if the user has withdrawn,
// [ErrMetaTooLarge], and the errors of [Patch.Check].
func (p Patch) Apply(u User) (after User, changed bool, err error) {
	if err := p.Check(); err != nil {
		return u, false, err
	}
	if u.Status == Withdrawn {
		return u, false, ErrNotFound
	}
	after = u
	if p.Ref != nil {
		after.Ref = *p.Ref
	}
	if p.Meta != nil {
		if after.Meta, err = mergeMeta(u.Meta, p.Meta); err != nil {
			return u, false, err
		}
	}
	return after, after.Ref != u.Ref || !bytes.Equal(after.Meta, u.Meta), nil
}

// mergeMeta applies a merge patch to meta. The result is compact, with sorted names; nil if nothing is left.
func mergeMeta(meta, patch json.RawMessage) (json.RawMessage, error) {
	change, err := parseMeta(patch)
	if err != nil || change == nil {
		return nil, err
	}
	var base map[string]any
	if meta != nil {
		if base, err = parseMeta(meta); err != nil {
			return nil, err
		}
	}
	merged := mergePatch(base, change)
	if len(merged) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(merged); err != nil {
		return nil, err
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(text) > MaxMeta {
		return nil, ErrMetaTooLarge
	}
	return text, nil
}

// mergePatch is RFC 7396 section 2 for a patch that is an object.
func mergePatch(target, patch map[string]any) map[string]any {
	out := make(map[string]any, len(target)+len(patch))
	for name, v := range target {
		out[name] = v
	}
	for name, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, name)
		case map[string]any:
			inner, _ := out[name].(map[string]any)
			out[name] = mergePatch(inner, v)
		default:
			out[name] = v
		}
	}
	return out
}

// escapes matches pairs of surrogates, the begin of half a pair, and other escapes of JSON.
var escapes = regexp.MustCompile(`\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]|u[dD][89a-fA-F]|.)`)

// parseMeta reads an object, or null as nil. Numbers keep their text. encoding/json alone would take the last of
// duplicate members, and replace what is not UTF-8 and half a pair of surrogates.
func parseMeta(text []byte) (map[string]any, error) {
	half := func(escape []byte) bool { return len(escape) == len(`\ud8`) }
	if !utf8.Valid(text) || slices.ContainsFunc(escapes.FindAll(text, -1), half) {
		return nil, ErrInvalidMeta
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := metaValue(d, 0)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = ErrInvalidMeta
		}
	}
	if err != nil || v == nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, ErrInvalidMeta
	}
	return object, nil
}

func metaValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil || depth > maxMetaDepth {
		return nil, ErrInvalidMeta
	}
	switch t := t.(type) {
	case string:
		if strings.ContainsRune(t, 0) { // PostgreSQL's jsonb refuses it, and apps read meta by the view
			return nil, ErrInvalidMeta
		}
		return t, nil
	case json.Delim:
		if t == '[' {
			return metaArray(d, depth)
		}
		return metaObject(d, depth)
	}
	return t, nil
}

func metaArray(d *json.Decoder, depth int) (any, error) {
	all := []any{}
	for d.More() {
		v, err := metaValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	if _, err := d.Token(); err != nil {
		return nil, ErrInvalidMeta
	}
	return all, nil
}

func metaObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok || strings.ContainsRune(name, 0) {
			return nil, ErrInvalidMeta
		}
		if _, double := object[name]; double {
			return nil, ErrInvalidMeta
		}
		if object[name], err = metaValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, ErrInvalidMeta
	}
	return object, nil
}
