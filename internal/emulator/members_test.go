package emulator

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUnknownMembersAreNamedWithTheKnownOnes(t *testing.T) {
	t.Parallel()
	type inner struct {
		ID string `json:"id"`
	}
	type file struct {
		inner
		Items []inner `json:"items"`
		Count int     `json:"count"`
	}
	var f file
	if err := DecodeJSON([]byte(`{"id":"a","items":[{"id":"b"}],"count":2}`), &f, nil); err != nil || f.Count != 2 ||
		f.Items[0].ID != "b" {
		t.Errorf("%+v: %v", f, err)
	}
	err := DecodeJSON([]byte(`{"old":1,"items":[{"ix":"b"}],"cont":2}`), &f, map[string]string{"old": "count"})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`"old": it is now called "count"`, `"items.ix"; known: id`, `"cont"; known: count, id, items`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	for _, bad := range []string{`{} {}`, `{"count":"x"}`, `[`} {
		if err := DecodeJSON([]byte(bad), &f, nil); err == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
}

func TestValuesOfAnotherTypeAreNamedInBothLanguages(t *testing.T) {
	t.Parallel()
	type file struct {
		Count  int               `json:"count"`
		Share  float64           `json:"share"`
		On     bool              `json:"on"`
		Names  []string          `json:"names"`
		Header map[string]string `json:"header"`
		Any    any               `json:"any"`
		At     time.Time         `json:"at"`
		Inner  struct {
			ID string `json:"id"`
		} `json:"inner"`
	}
	var f file
	const good = `{"count":2,"share":1,"on":true,"names":["a"],"header":{"A":"b"},"any":[1],"at":"2026-12-01T00:00:00Z",` +
		`"inner":{"id":"x"}}`
	if err := DecodeJSON([]byte(good), &f, nil); err != nil || f.Share != 1 {
		t.Fatal(err)
	}
	for bad, want := range map[string]string{
		`{"count":"2"}`:       "count must be a whole number, got text",
		`{"count":1.5}`:       "count must be a whole number, got a number",
		`{"share":[]}`:        "share must be a number, got an array",
		`{"on":1}`:            "on must be true or false, got a whole number",
		`{"names":"a"}`:       "names must be an array, got text",
		`{"names":[true]}`:    "names must be text, got true or false",
		`{"header":{"A":7}}`:  "header.A must be text, got a whole number",
		`{"inner":{"id":{}}}`: "inner.id must be text, got an object",
		`[]`:                  "must be an object, got an array",
	} {
		err := DecodeJSON([]byte(bad), &f, nil)
		if err == nil || err.Error() != want || !strings.Contains(Message(err)[0], "종류가 다른 값입니다") {
			t.Errorf("%s: %v, want %s", bad, err, want)
		}
	}
	if err := DecodeJSON([]byte(`{"at":"noon"}`), &f, nil); err == nil || !strings.HasPrefix(err.Error(), "at ") {
		t.Error(err)
	}
}

func TestAccountOfAFileReplacesTheBuiltInOneOnce(t *testing.T) {
	t.Parallel()
	no := false
	for name, tt := range map[string]struct {
		keep      *bool
		own, want []string
	}{
		"replaced":              {nil, []string{"b:file", "c:file"}, []string{"a:built-in", "b:file", "c:file"}},
		"replaced twice":        {nil, []string{"b:1", "b:2"}, []string{"a:built-in", "b:1", "b:2"}},
		"new, twice":            {nil, []string{"c:1", "c:2"}, []string{"a:built-in", "b:built-in", "c:1", "c:2"}},
		"no built-in one, once": {&no, []string{"b:1"}, []string{"b:1"}},
	} {
		got := Accounts(tt.keep, []string{"a:built-in", "b:built-in"}, tt.own, func(a string) string { return a[:1] })
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
