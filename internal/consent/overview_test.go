package consent

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// The page says when and where a user agreed to an item. It must not show the date of another item, of a term, of
// another provider or of another identity.
func TestOverviewDatesAreThoseOfTheItem(t *testing.T) {
	at := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	b := &book{lines: []account.Consent{
		{Kind: account.ConsentScope, Tag: "calendar", Agreed: true, At: at(9), Place: account.PlaceAt("example")},
		{Kind: account.ConsentTerms, Tag: "birthday", Agreed: true, At: at(8), Place: account.PlaceJoin},
		{Kind: account.ConsentScope, Tag: "account_email", Agreed: true, At: at(7), Place: account.PlaceConsent},
		{Kind: account.ConsentScope, Tag: "birthday", Agreed: true, At: at(6), Place: account.PlaceAt("kakao")},
		{Kind: account.ConsentScope, Tag: "calendar", Agreed: true, At: at(5), Place: account.PlaceAt("kakao")},
		{Kind: account.ConsentScope, Tag: "birthday", Agreed: true, At: at(4), Place: account.PlaceAt("kakao")},
	}}
	l := &list{items: []provider.ConsentItem{
		{ID: "birthday", Agreed: true}, {ID: "account_email", Agreed: true}, {ID: "calendar", Agreed: true},
		{ID: "gender", Agreed: true},
	}}
	other := func(subject string) account.Identity {
		return account.Identity{
			Key:    account.Key{Provider: "example", Namespace: "1", Subject: subject},
			Scopes: account.NewScopes([]string{"calendar"}),
		}
	}
	for name, c := range map[string]struct {
		further  []account.Identity
		calendar time.Time
	}{
		"one further":                      {[]account.Identity{other("1")}, at(9)},
		"two further at the same provider": {[]account.Identity{other("1"), other("2")}, time.Time{}},
	} {
		got, err := newConsents(t, b, l).Overview(t.Context(), aMember(""), c.further...)
		if err != nil || len(got.Items) != 4 || len(got.Further) != len(c.further) {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		for i, want := range []time.Time{at(6), at(7), at(5), {}} {
			if item := got.Items[i]; !item.At.Equal(want) {
				t.Errorf("%s: %s at %v, want %v", name, item.ID, item.At, want)
			}
		}
		for _, f := range got.Further {
			if len(f.Items) != 1 || !f.Items[0].At.Equal(c.calendar) {
				t.Errorf("%s: %+v, want it at %v", name, f.Items, c.calendar)
			}
		}
	}
}
