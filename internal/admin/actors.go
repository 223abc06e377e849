package admin

import (
	"cmp"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/provider"
)

// providerName is a provider's display name; the name itself if the provider is no longer on.
func providerName(l i18n.Lang, set *provider.Set, name string) string {
	if set == nil {
		return name
	}
	if one, ok := set.Get(name); ok {
		return one.Info().Label.In(l)
	}
	return name
}

// actor is who acted, in words, and their account or id; about is the user that it was about.
func actor(r *Request, set *provider.Set, text, about string) (who, id string) {
	kind, id, named := strings.Cut(text, ":")
	switch {
	case text == about && account.ID(text).Valid():
		return say(r, "console.actor.self"), ""
	case account.ID(text).Valid():
		return say(r, "console.actor.user"), text
	case named && kind == "provider":
		return providerName(r.Lang, set, id), ""
	case named && i18n.Has("console.actor."+kind):
		return say(r, "console.actor."+kind), id
	}
	return word(r, "actor", text), ""
}

// actorCell is who did what an entry records.
func actorCell(r *Request, set *provider.Set, e *audit.Entry) page.ConsoleCell {
	who, id := actor(r, set, e.Actor, e.UserID)
	return page.ConsoleCell{Text: cmp.Or(who, "–"), Note: id}
}
