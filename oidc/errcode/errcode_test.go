package errcode

import "testing"

func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range All() {
		if seen[e.Code] || e.Code == "" || len(e.Places) == 0 || e.Owner == "" || e.Retry == "" {
			t.Errorf("%q: twice or incomplete", e.Code)
		}
		seen[e.Code] = true
		for _, text := range []Text{e.Cause, e.Remedy} {
			if text.Ko == "" || text.En == "" {
				t.Errorf("%s: text missing", e.Code)
			}
		}
		if got, ok := Lookup(" " + e.Code + " "); !ok || got.Code != e.Code {
			t.Errorf("%s: not found", e.Code)
		}
	}
	if _, ok := Lookup("KOE101"); ok {
		t.Error("Kakao's code found")
	}
	if !(Text{}).IsZero() {
		t.Error("IsZero")
	}
}
