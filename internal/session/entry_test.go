package session

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
)

// fill gives every field of v a different value, including fields added later.
func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(1_700_000_000+int64(*n), int64(*n)*1e6).UTC()
		return
	case *json.RawMessage:
		*x = json.RawMessage(fmt.Sprintf(`{"n":%d}`, *n))
		return
	case *Key:
		x[stampLen+*n%8]++
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), n)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int8:
		v.SetInt(int64(*n % 100))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), maxHeaders, maxHeaders))
		for i := range v.Len() {
			fill(t, v.Index(i), n)
		}
	default:
		t.Fatalf("%s: teach pack and this test about it", v.Type())
	}
}

// consistent makes the ids that occur twice in a Principal equal, as the store does.
func consistent(p *Principal) *Principal {
	p.Session.UserID, p.Identity.UserID, p.Session.IdentityID = p.User.ID, p.User.ID, p.Identity.ID
	return p
}

// A field added to Principal but not to texts or instants would be lost in the cache.
func TestPackingKeepsEveryField(t *testing.T) {
	full, n := &Principal{}, 0
	fill(t, reflect.ValueOf(full).Elem(), &n)
	for name, p := range map[string]*Principal{
		"full": full, "empty": {}, "as the store makes it": consistent(&Principal{
			User:         account.User{ID: "u", Status: account.Active, Nickname: "같은 이름"},
			Identity:     account.Identity{ID: "i", Profile: account.Profile{Nickname: "같은 이름"}},
			HeaderValues: []string{"u", "", "%EA", "", "kakao", "", "active"},
		}),
	} {
		e := pack(p)
		if e == nil {
			t.Fatalf("%s: not packed", name)
		}
		if diff := cmp.Diff(p, e.principal()); diff != "" {
			t.Errorf("%s: a field is missing in texts, instants or pack (entry.go): %s", name, diff)
		}
		if !slices.Equal(p.HeaderValues, e.headerValues()) {
			t.Errorf("%s: header values %q instead of %q", name, e.headerValues(), p.HeaderValues)
		}
	}
}

func TestEqualTextsAreKeptOnce(t *testing.T) {
	p := consistent(&Principal{User: account.User{ID: "01932b1c-0000-7000-8000-000000000000"}})
	p.HeaderValues = []string{string(p.User.ID)}
	if e := pack(p); e.text != string(p.User.ID) {
		t.Errorf("text %q", e.text)
	}
}

// Nothing of this size is in any store; if it ever were, the session would be read at each request, and not cut.
func TestWhatIsTooLargeIsNotPacked(t *testing.T) {
	for name, p := range map[string]*Principal{
		"text":   {User: account.User{Picture: strings.Repeat("x", 1<<16)}},
		"values": {HeaderValues: make([]string, maxHeaders+1)},
	} {
		if e := pack(p); e != nil {
			t.Errorf("%s: packed", name)
		}
	}
	if e := pack(&Principal{User: account.User{Picture: strings.Repeat("x", 1<<16-1)}}); e == nil ||
		len(e.principal().User.Picture) != 1<<16-1 {
		t.Error("the longest text that fits is not packed")
	}
}

func FuzzPack(f *testing.F) {
	f.Add("id", "라이언", "", "same", "same", []byte(`{}`), int64(0))
	f.Fuzz(func(t *testing.T, id, nickname, wire0, wire1, agent string, meta []byte, at int64) {
		p := &Principal{User: account.User{ID: account.ID(id), Nickname: nickname}, HeaderValues: []string{wire0, wire1}}
		if len(meta) > 0 {
			p.User.Meta = meta
		}
		p.Session.Client.UserAgent = agent
		p.Session.SeenAt = time.UnixMilli(at % (1 << 42)).UTC()
		e := pack(p)
		if e == nil {
			if len(id)+len(nickname)+len(wire0)+len(wire1)+len(agent)+len(meta) < 1<<16 {
				t.Fatal("not packed")
			}
			return
		}
		if diff := cmp.Diff(p, e.principal()); diff != "" {
			t.Fatal(diff)
		}
	})
}
