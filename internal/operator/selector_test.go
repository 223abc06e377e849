package operator_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/operator"
)

const someID = "01932b1c-0000-7000-8000-000000000001"

func TestParseSelector(t *testing.T) {
	type named struct {
		id                     account.ID
		ref                    string
		provider, app, subject string
	}
	for text, want := range map[string]named{
		someID:                          {id: someID, ref: someID},
		strings.ToUpper(someID):         {id: someID, ref: strings.ToUpper(someID)},
		"id:" + strings.ToUpper(someID): {id: someID},
		"10482":                         {ref: "10482"},
		"ref:10482":                     {ref: "10482"},
		"ref:shop:77":                   {ref: "shop:77"},
		"kakao:4242":                    {provider: "kakao", subject: "4242"},
		"kakao:123456:4242":             {provider: "kakao", app: "123456", subject: "4242"},
		"oidc:app:urn:x:1":              {provider: "oidc", app: "app", subject: "urn:x:1"},
	} {
		s, err := operator.ParseSelector(text)
		if got := (named{s.ID, s.Ref, s.Provider, s.App, s.Subject}); err != nil || got != want || s.String() != text {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "id:", "id:1", "id:" + someID + "0", "ref:", ":1", "kakao:", "kakao::1", "kakao:1:", "a\x00b",
		strings.Repeat("x", 600),
	} {
		if s, err := operator.ParseSelector(text); !errors.Is(err, operator.ErrSelector) {
			t.Errorf("%.40q: %+v, %v", text, s, err)
		}
	}
}

func TestMaskEmail(t *testing.T) {
	for email, want := range map[string]string{
		"":                 "",
		"ryan@example.com": "r***@example.com",
		"r@example.com":    "***@example.com",
		"라이언@example.com":  "라***@example.com",
		"@example.com":     "***",
		"ryan":             "***",
		`"a@b"@x.test`:     `"***@x.test`,
	} {
		if got := operator.MaskEmail(email); got != want {
			t.Errorf("%s: %s, want %s", email, got, want)
		}
	}
}

func TestKeysOfProgramsHaveNoSecondMeaning(t *testing.T) {
	t.Parallel()
	const id = "01932b1c-0000-7000-8000-000000000001"
	for text, want := range map[string]operator.Selector{
		id: {ID: id}, "id:" + id: {ID: id}, "ref:" + id: {Ref: id}, "p:1": {Provider: "p", Subject: "1"},
		"p:a:1": {Provider: "p", App: "a", Subject: "1"},
	} {
		got, err := operator.ParseKey(text)
		if err != nil || got.ID != want.ID || got.Ref != want.Ref || got.Provider != want.Provider || got.App != want.App ||
			got.Subject != want.Subject {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "10482", "ref:", ":1", "id:1", "a@b.example"} {
		if _, err := operator.ParseKey(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
