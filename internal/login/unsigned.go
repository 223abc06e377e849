package login

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

// UnsignedLife is how long a browser keeps the unsigned part of a profile after a sign-in has failed.
const UnsignedLife = Lifetime

// unsigned is the part of a profile that a provider sends once, see provider.UnsignedProfiler. The browser keeps it,
// sealed, from before the exchange until a sign-in succeeds.
type unsigned struct {
	At       time.Time
	Provider string
	Profile  account.Profile
}

// KeepUnsigned returns sealed text for the browser to keep, for [UnsignedLife], before [Flow.Finish] is called: after
// that the process may die, and the provider does not send the profile again. It is "" if the callback has none, or
// does not belong to an attempt of this browser.
func (f *Flow) KeepUnsigned(r FinishRequest) string {
	a, err := f.openCallback(r)
	if err != nil {
		return ""
	}
	_, text := f.unsignedProfile(a.Provider, r.Query, "")
	return text
}

// namesOnce reports whether a provider sends the nickname once.
func namesOnce(s *provider.Set, name string) bool {
	_, ok := provider.Capability[provider.UnsignedProfiler](s, name)
	return ok
}

// unsignedProfile returns the unsigned profile of this callback, or else of an earlier one, and the text that the
// browser has to keep; "" if there is none. The callback belongs to an attempt of this browser, so no other site can
// plant one.
func (f *Flow) unsignedProfile(name string, params url.Values, held string) (account.Profile, string) {
	p, ok := provider.Capability[provider.UnsignedProfiler](f.providers, name)
	if !ok {
		return account.Profile{}, ""
	}
	if profile, ok := p.UnsignedProfile(params); ok {
		plain, err := json.Marshal(unsigned{f.cfg.Now(), name, profile})
		if err != nil {
			return profile, ""
		}
		return profile, f.profiles.Seal(plain, "")
	}
	plain, err := f.profiles.Open(held, "")
	var u unsigned
	if err != nil || json.Unmarshal(plain, &u) != nil || u.Provider != name || f.cfg.Now().Sub(u.At) > UnsignedLife {
		return account.Profile{}, ""
	}
	return u.Profile, held
}
