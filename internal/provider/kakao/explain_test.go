package kakao

import (
	"errors"
	"testing"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/koe"
)

// Text that does not have the form of a code is a stranger's and is repeated nowhere.
func TestXS02_OnlyCodesArePassedOn(t *testing.T) {
	for _, code := range []string{
		"KOE", "KOE1", "KOE1234", "koe320", "KOE32a", "-", "-123456", "401", "--1", "-1 ", "KOE-10",
		"<svg onload=alert(1)>", "KOE320\r\nX: y", "KOE３２０",
	} {
		if e := failure(&kakao.Error{Code: koe.Code(code)}); e.Code != "" || e.Kind != provider.Misconfigured {
			t.Errorf("%q: code %q, kind %d", code, e.Code, e.Kind)
		}
	}
	for _, code := range []string{"KOE320", "KOE999", "-401", "-12345"} {
		if e := failure(&kakao.Error{Code: koe.Code(code)}); e.Code != code {
			t.Errorf("%s: %q", code, e.Code)
		}
	}
	if e := failure(errors.New("x")); e.Code != "" || e.Explanation != nil {
		t.Errorf("%+v", e)
	}
}

func TestEveryDocumentedCodeIsExplained(t *testing.T) {
	for _, e := range koe.All() {
		x := Explain(string(e.Code))
		if x == nil || x.Owner == "" || x.Hint.Ko == "" || x.Hint.En == "" {
			t.Errorf("%s: %+v", e.Code, x)
		} else if x.Kind == provider.UserAction && x.ForUser.IsZero() {
			t.Errorf("%s: nothing for the user", e.Code)
		}
	}
	for _, code := range []string{"", "KOE999", "koe320"} {
		if Explain(code) != nil {
			t.Errorf("%q is explained", code)
		}
	}
}
