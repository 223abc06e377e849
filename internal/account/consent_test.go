package account

import (
	"slices"
	"strings"
	"testing"
)

func TestScopes(t *testing.T) {
	s := NewScopes([]string{"profile_nickname", "openid", "account_email", "account_email", "", "a b", "x\n", "대문자",
		strings.Repeat("a", 65)})
	if s != "account_email openid profile_nickname" {
		t.Fatalf("%q", s)
	}
	if !s.Has("account_email") || !s.Has("profile_nickname") || s.Has("account") || s.Has("") || Scopes("").Has("") ||
		!s.OpenID() {
		t.Errorf("%q has the wrong items", s)
	}
	if got := s.Items(); !slices.Equal(got, []string{"account_email", "profile_nickname"}) {
		t.Errorf("items %q", got)
	}
	if got := Scopes("a").KeepOpenID(s); got != "a openid" {
		t.Errorf("kept: %q", got)
	}
	if got := Scopes("a").KeepOpenID("b"); got != "a" {
		t.Errorf("invented: %q", got)
	}
	many := make([]string, 200)
	for i := range many {
		many[i] = strings.Repeat("b", i%60+1)
	}
	if n := len(NewScopes(many).Items()); n > maxScopes {
		t.Errorf("%d items", n)
	}
}

func TestPV07_OnlyWhatIsAgreedToStays(t *testing.T) {
	all := Profile{Nickname: "라이언", Picture: "https://k.example/p.jpg", Email: "ryan@example.com",
		EmailState: EmailVerified}
	for s, want := range map[Scopes]Profile{
		"":                               {},
		"account_email":                  {Email: all.Email, EmailState: EmailVerified},
		"profile_nickname":               {Nickname: all.Nickname},
		"profile_image":                  {Picture: all.Picture},
		"profile":                        {Nickname: all.Nickname, Picture: all.Picture},
		"account_email openid profile":   all,
		"account_emails profile_nicknam": {},
	} {
		if got := s.Allow(all); got != want {
			t.Errorf("%q: %+v", s, got)
		}
	}
}

func TestAgreements(t *testing.T) {
	var a Agreements
	line := func(tag, version string, agreed bool) {
		a = a.With(Consent{Kind: ConsentTerms, Tag: tag, Version: version, Agreed: agreed})
	}
	line("service", "1", true)
	line("news", "2026=01", true)
	if !a.Has("service", "1") || !a.Has("news", "2026=01") || a.Has("service", "2") || a.Has("serv", "1") {
		t.Errorf("%q", a)
	}
	line("service", "2", true)
	line("news", "2026=01", false)
	if !a.Has("service", "2") || a.Has("service", "1") || a.Has("news", "2026=01") || strings.Contains(string(a), "news") {
		t.Errorf("%q", a)
	}
	a = a.With(Consent{Kind: ConsentScope, Tag: "service", Agreed: false})
	if !a.Has("service", "2") {
		t.Error("a consent item of the provider's took a term away")
	}
	if got := a.With(Consent{Kind: ConsentReminder, Tag: "news", Version: "9", Agreed: true}); got != a {
		t.Errorf("a reminder is an agreement: %q", got)
	}
	line("evil", "1\nadmin=1", true)
	if _, ok := a.Version("admin"); ok {
		t.Errorf("a version became a line: %q", a)
	}
	line("service", "2", false)
	line("evil", "", false)
	if a != "" {
		t.Errorf("left: %q", a)
	}
}
