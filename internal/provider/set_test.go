package provider

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
)

type plain struct{ info Info }

func (p plain) Info() Info                                        { return p.info }
func (plain) AuthorizeURL(Request) (string, error)                { return "", ErrIntent }
func (plain) Complete(context.Context, Callback) (*Result, error) { return nil, errors.ErrUnsupported }

type unlinking struct{ plain }

func (unlinking) Unlink(context.Context, UnlinkRequest) (UnlinkResult, error) { return NoToken, nil }

func info(name string) Info { return Info{Name: name, Namespace: "n", CallbackMethod: "GET"} }

func TestSetFindsProvidersAndCapabilities(t *testing.T) {
	s, err := NewSet(unlinking{plain{info("b")}}, plain{info("a")})
	if err != nil {
		t.Fatal(err)
	}
	if all := s.All(); len(all) != 2 || all[0].Info().Name != "b" || all[1].Info().Name != "a" {
		t.Errorf("order: %v", all)
	}
	if _, ok := s.Get("c"); ok {
		t.Error("found a provider that is not configured")
	}
	if u, ok := Capability[Unlinker](s, "b"); !ok {
		t.Error("b can unlink")
	} else if r, _ := u.Unlink(t.Context(), UnlinkRequest{Key: account.Key{}}); r != NoToken {
		t.Errorf("result %v", r)
	}
	for _, name := range []string{"a", "c"} {
		if _, ok := Capability[Unlinker](s, name); ok {
			t.Errorf("%s cannot unlink", name)
		}
	}
	var none *Set
	if _, ok := Capability[Unlinker](none, "b"); ok || len(none.All()) != 0 {
		t.Error("a nil Set is not empty")
	}
}

func TestSetRefusesInvalidProviders(t *testing.T) {
	for want, list := range map[string][]Info{
		"duplicate name":  {info("a"), info("a")},
		"invalid name":    {info("A/b")},
		"no namespace":    {{Name: "a", CallbackMethod: "GET"}},
		"must end in 계정":  {{Name: "a", Namespace: "n", CallbackMethod: "GET", Account: i18n.Text{Ko: "에이 아이디"}}},
		"callback method": {{Name: "a", Namespace: "n", CallbackMethod: "PUT"}},
	} {
		var all []Provider
		for _, i := range list {
			all = append(all, plain{i})
		}
		if _, err := NewSet(all...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
