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
		"idp:https%3A%2F%2Fid.test%2Fa:urn:x:1": {
			provider: "idp", app: "https://id.test/a", subject: "urn:x:1",
		},
		"idp:https://id.test/a:1":   {provider: "idp", app: "https://id.test/a", subject: "1"},
		"idp:https://id.test/a c:1": {provider: "idp", app: "https://id.test/a c", subject: "1"},
		"idp:100%":                  {provider: "idp", subject: "100%"},
		"idp:a%20b:100%":            {provider: "idp", app: "a b", subject: "100%"},
	} {
		s, err := operator.ParseSelector(text)
		if got := (named{s.ID, s.Ref, s.Provider, s.App, s.Subject}); err != nil || got != want || s.String() != text {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "id:", "id:1", "id:" + someID + "0", "ref:", ":1", "kakao:", "kakao::1", "kakao:1:", "a\x00b",
		strings.Repeat("x", 600), "ref:" + strings.Repeat("x", 600), "idp:" + strings.Repeat("x", 3000), "idp:%zz:1",
		// Where the issuer ends is not known.
		"idp:https://id.test", "idp:https://id.test:8443/a:1", "idp:https://id.test/a:urn:x", "idp:http://[::1]:1/a:1",
	} {
		if s, err := operator.ParseSelector(text); !errors.Is(err, operator.ErrSelector) {
			t.Errorf("%.40q: %+v, %v", text, s, err)
		}
	}
}

// What is printed for an identity selects it and no other, for every namespace and subject.
func TestSelectorOfAnIdentityIsReadBack(t *testing.T) {
	t.Parallel()
	seen := map[string]account.Key{}
	for _, namespace := range []string{
		"123456", "jyvqXeaVOVmV", "google", "ABCDE12345", "https://id.test", "https://id.test:8443", "https://id.test/a/",
		"https://id.test/a%2Fb", "http://[::1]:5007/realms/x", "https://login.test/3f25/v2.0 0f1e-client", "a:b", "a%3Ab",
		"%", "한글", strings.Repeat("/", 255),
	} {
		for _, subject := range []string{
			"4242", "8443:z", "b:c", "urn:x:1", "auth0|6f2", "3f25/0f1e", "100%", "%3A", "//x", "qPb/5K2y==", "한 글",
		} {
			k := account.Key{Provider: "idp", Namespace: namespace, Subject: subject}
			text := operator.SelectorOf(k)
			for _, parse := range []func(string) (operator.Selector, error){operator.ParseSelector, operator.ParseKey} {
				s, err := parse(text)
				if got := (account.Key{Provider: s.Provider, Namespace: s.App, Subject: s.Subject}); err != nil || got != k {
					t.Errorf("%s: %+v, %v, want %+v", text, got, err, k)
				}
			}
			if other, twice := seen[text]; twice {
				t.Errorf("%s selects %+v and %+v", text, other, k)
			}
			seen[text] = k
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
