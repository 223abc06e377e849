package consent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

func TestSupersedes(t *testing.T) {
	t.Parallel()
	line := func(agreed bool, place string, at time.Time) *account.Consent {
		return &account.Consent{Agreed: agreed, Place: place, At: at}
	}
	there, here := account.PlaceTermsAt("kakao"), account.PlaceAccount
	for _, c := range []struct {
		name       string
		told, last *account.Consent
		want       bool
	}{
		{"first agreement", line(true, there, noon), nil, true},
		{"first refusal", line(false, there, noon), nil, false},
		{"agreed after a refusal here", line(true, there, noon), line(false, here, noon.Add(-time.Hour)), true},
		{"agreed before a refusal here", line(true, there, noon), line(false, here, noon.Add(time.Hour)), false},
		{"agreed at the same time", line(true, there, noon), line(true, there, noon), false},
		{"withdrawn there, agreed there", line(false, there, noon), line(true, there, noon.Add(-time.Hour)), true},
		{"withdrawn there, agreed here", line(false, there, noon), line(true, here, noon.Add(-time.Hour)), false},
		{"withdrawn there, withdrawn already", line(false, there, noon), line(false, there, noon.Add(-time.Hour)), false},
		{"of another place", line(true, here, noon), nil, false},
	} {
		if got := Supersedes(*c.told, c.last); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestRevokesAtProvider(t *testing.T) {
	t.Parallel()
	there, here := &account.Consent{Agreed: true, Place: account.PlaceTermsAt("kakao")}, &account.Consent{
		Agreed: true, Place: account.PlaceJoin,
	}
	for _, c := range []struct {
		agreed bool
		last   *account.Consent
		want   bool
	}{{false, there, true}, {false, here, false}, {false, nil, false}, {true, there, false}} {
		if got := RevokesAtProvider(account.Consent{Agreed: c.agreed}, c.last); got != c.want {
			t.Errorf("agreed %v after %+v: %v", c.agreed, c.last, got)
		}
	}
}

func TestDecisionsChanges(t *testing.T) {
	t.Parallel()
	var agreed account.Agreements
	for _, c := range []account.Consent{{Tag: "a", Version: "1", Agreed: true}, {Tag: "b", Version: "1", Agreed: true}} {
		agreed = agreed.With(c)
	}
	client := audit.Client{Address: "192.0.2.1"}
	d := Decisions{At: noon, Actor: audit.Actor{Client: client}, Lines: []account.Consent{
		{Tag: "a", Version: "1", Agreed: true}, {Tag: "a", Version: "2", Agreed: true}, {Tag: "b"}, {Tag: "c"},
	}}
	want := []account.Consent{
		{Tag: "a", Version: "2", Agreed: true, At: noon, Client: client}, {Tag: "b", At: noon, Client: client},
	}
	if diff := cmp.Diff(want, d.Changes(agreed)); diff != "" {
		t.Error(diff)
	}
}

func TestScopesUpdateApply(t *testing.T) {
	t.Parallel()
	before := account.NewScopes([]string{"openid", "friends", "account_email"})
	for want, u := range map[account.Scopes]ScopesUpdate{
		account.NewScopes([]string{"openid", "friends"}):       {Scopes: "friends"},
		account.NewScopes([]string{"openid", "account_email"}): {Scopes: "friends", Revoked: "friends"},
	} {
		if got := u.Apply(before); got != want {
			t.Errorf("%+v: %q, want %q", u, got, want)
		}
	}
}
