package kakaotest_test

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestApproveUsesItsArguments(t *testing.T) {
	t.Parallel()
	emu := auto(t, func(a *kakaotest.App) {
		a.Terms = []kakaotest.Term{{Tag: "use", Required: true}, {Tag: "news"}}
	})
	approve := func(a kakaotest.Approval) kakaotest.Approved {
		t.Helper()
		got, err := emu.Approve(a)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if a := approve(kakaotest.Approval{Cancel: true,
		Params: map[string]string{"state": "x"}}); a.Error != "access_denied" ||
		!strings.Contains(a.Location, "state=x") {
		t.Errorf("cancel: %+v", a)
	}
	tok := exchange(t, emu, approve(kakaotest.Approval{Agree: []string{}}).Code)
	if got := tok.text("scope"); got != "profile_nickname profile_image openid" {
		t.Errorf("only what is required: %q", got)
	}
	if terms := api(t, emu, "GET", "/v2/user/service_terms", tok.bearer(), nil); !strings.Contains(terms.body,
		`"use"`) || strings.Contains(terms.body, `"news"`) {
		t.Errorf("terms: %s", terms.body)
	}
	if a := approve(kakaotest.Approval{Account: kakaotest.PersonaNotAMember}); a.ErrorKOE != "KOE005" {
		t.Errorf("not a member: %+v", a)
	}
	if _, err := emu.Approve(kakaotest.Approval{Account: "nobody"}); err == nil {
		t.Error("no login")
	}
	for _, agree := range [][]string{{"acount_email"}, {"news", "new"}, {""}} {
		if _, err := emu.Approve(kakaotest.Approval{Agree: agree}); err == nil {
			t.Errorf("agreed to %q", agree)
		}
	}
	agree := append(make([]string, 0, 8), "news", "birthday")
	approve(kakaotest.Approval{Agree: agree})
	if rest := agree[:3]; rest[2] != "" {
		t.Errorf("Agree was written to: %q", rest)
	}
}
