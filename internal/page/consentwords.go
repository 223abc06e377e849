package page

import (
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// scopeName is the name of a consent item: ours, else the provider's, else ours of a scope of OpenID Connect (Core
// section 5.4), else its id.
func (x *texts) scopeName(v View, id, theirs string) string {
	return x.scopeNameAt(v, x.providerOf(v), id, theirs)
}

func (x *texts) scopeNameAt(v View, p Provider, id, theirs string) string {
	if key := "scope." + p.Name + "." + id; i18n.Has(key) {
		return x.text(v, key)
	}
	if theirs != "" {
		return clean(theirs)
	}
	if key := "scope.standard." + id; i18n.Has(key) {
		return x.text(v, key)
	}
	return clean(id)
}

// feature is what needs a consent; by default the service itself.
func (x *texts) feature(c Consent) string {
	if c.Feature != "" {
		return clean(c.Feature)
	}
	return x.cfg.Brand.Name
}

// agreed says when and where a consent was given or withdrawn.
func (x *texts) agreed(v View, a Agreed) string {
	switch {
	case !a.Yes && a.At.IsZero():
		return x.text(v, "consents.no")
	case !a.Yes && a.Place == "join":
		return x.text(v, "consents.declined", "date", date(langOf(v), a.At))
	case !a.Yes:
		return x.text(v, "consents.withdrawn", "date", date(langOf(v), a.At))
	case a.At.IsZero():
		return x.text(v, "consents.yes")
	}
	key := "consents.at." + a.Place
	place, _, _ := strings.Cut(a.Place, "_") // "name_sync" is a consent given at the provider too
	switch {
	case x.cfg.provider(place).Name == place:
		return x.text(v, "consents.at.provider", "date", date(langOf(v), a.At), "provider", x.providerName(v, place))
	case !i18n.Has(key):
		key = "consents.at.other"
	}
	return x.text(v, key, "date", date(langOf(v), a.At))
}

// itemGroup are the consent items of an identity on the page.
type itemGroup struct {
	Provider Provider
	Identity string // as in FurtherItems; "" for the identity of the session
	Name     string
	Items    []ItemState
	Away     bool
}

// itemGroups are the items of every identity of which there is something to say, that of the session first. A provider
// that has neither items nor a call to revoke them is said once.
func (x *texts) itemGroups(c Consents) (all []itemGroup) {
	own := FurtherItems{Provider: x.providerOf(c).Name, Items: c.Items, Away: c.Away}
	for _, f := range append([]FurtherItems{own}, c.Further...) {
		g := itemGroup{x.cfg.providerNamed(f.Provider), f.Identity, f.Name, f.Items, f.Away}
		told := slices.ContainsFunc(all, func(o itemGroup) bool { return o.Provider.Name == f.Provider })
		if len(g.Items) > 0 || g.Away || !g.Provider.Revokes && !told {
			all = append(all, g)
		}
	}
	return all
}

// consentSamples are the pages about consents.
func consentSamples(
	l i18n.Lang, frame func(string) Frame, noticed func(string, Flash) Frame, provider, terms, privacy string,
) []sample {
	at := func(month time.Month) time.Time { return time.Date(2026, month, 2, 3, 4, 5, 0, time.UTC) }
	feature := "생일 쿠폰"
	if l == i18n.En {
		feature = "Birthday coupons"
	}
	news := JoinTerm{Tag: "news", Version: "2", Marketing: true}
	all := Consents{
		Frame: noticed("/auth/account/consents", FlashConsentTaken), Now: at(3), Adult: &Agreed{true, at(1), "join"},
		Terms: []TermState{
			{
				JoinTerm{Tag: "tos", Version: "2026-02", Title: terms, URL: "https://example.com/terms", Required: true},
				Agreed{true, at(1), provider + "_sync"}, "2026-01", true,
			},
			{JoinTerm{Tag: "partners", Version: "1", Title: privacy}, Agreed{false, at(2), "account"}, "1", true},
			{news, Agreed{true, at(2), "account"}, "2", true},
			{JoinTerm{Tag: "old", Title: "old", Version: "1"}, Agreed{true, at(1), "join"}, "1", false},
		},
		Items: []ItemState{
			{"profile_nickname", "", Agreed{true, at(1), provider}, false, true, ""},
			{"account_email", "", Agreed{true, at(2), provider}, true, false, ""},
			{"birthday", "", Agreed{}, false, false, "/auth/consent/start?scope=birthday"},
			{"something_new", "새 항목", Agreed{Yes: true}, true, false, ""},
		},
	}
	away := Consents{
		Frame: frame("/auth/account/consents"), Now: at(3),
		Items: []ItemState{{"account_email", "", Agreed{true, at(1), provider}, false, false, ""}}, Away: true,
	}
	return []sample{
		{
			"consent",
			Consent{
				Frame: frame("/auth/consent"), Feature: feature, Items: []string{"birthday"}, Scope: "birthday",
				ReturnTo: "/coupons", StartURL: "/auth/consent/start?scope=birthday",
			},
		},
		{
			"consent-many",
			Consent{
				Frame: frame("/auth/consent"), Items: []string{"account_email", "phone_number", "something_new"},
				Scope: "account_email,phone_number,something_new", StartURL: "/auth/consent/start?scope=x",
			},
		},
		{
			"consent-term",
			Consent{
				Frame: frame("/auth/consent"), Feature: feature,
				Term:     &JoinTerm{Tag: "partners", Version: "1", Title: privacy, URL: "https://example.com/partners"},
				ReturnTo: "/coupons",
			},
		},
		{"consent-marketing", Consent{Frame: frame("/auth/consent"), Term: &news}},
		{"consents", all},
		{"consents-away", away},
		{"consents-none", Consents{Frame: frame("/auth/account/consents"), Now: at(3)}},
	}
}
