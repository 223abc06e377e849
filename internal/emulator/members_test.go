package emulator

import (
	"strings"
	"testing"
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
