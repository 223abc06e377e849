package errcode_test

import (
	"testing"

	apple "github.com/norang-login/norang/apple/errcode"
	google "github.com/norang-login/norang/google/errcode"
	"github.com/norang-login/norang/internal/errcode"
	line "github.com/norang-login/norang/line/errcode"
	naver "github.com/norang-login/norang/naver/errcode"
	oidc "github.com/norang-login/norang/oidc/errcode"
)

func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]struct {
		all    []errcode.Entry
		lookup func(string) (errcode.Entry, bool)
	}{
		"apple": {apple.All(), apple.Lookup}, "google": {google.All(), google.Lookup}, "line": {line.All(), line.Lookup},
		"naver": {naver.All(), naver.Lookup}, "oidc": {oidc.All(), oidc.Lookup},
	} {
		seen := map[string]bool{}
		for _, e := range p.all {
			if seen[e.Code] || e.Code == "" || len(e.Places) == 0 || e.Owner == "" || e.Retry == "" {
				t.Errorf("%s %q: twice or incomplete", name, e.Code)
			}
			seen[e.Code] = true
			for _, text := range []errcode.Text{e.Cause, e.Remedy} {
				if text.Ko == "" || text.En == "" {
					t.Errorf("%s %s: text missing", name, e.Code)
				}
			}
			if got, ok := p.lookup(" " + e.Code + " "); !ok || got.Code != e.Code {
				t.Errorf("%s %s: not found", name, e.Code)
			}
		}
		if _, ok := p.lookup("KOE101"); ok || len(seen) == 0 {
			t.Errorf("%s: a code of Kakao found, or none", name)
		}
	}
	if e, ok := line.Lookup("access_denied"); !ok || e.Code != "ACCESS_DENIED" {
		t.Error("LINE's capitals are not found in small letters")
	}
	if !(errcode.Text{}).IsZero() {
		t.Error("IsZero")
	}
}
