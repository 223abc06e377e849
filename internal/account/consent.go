package account

import (
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// MinimumAge is the age from which users may join by themselves (PIPA article 22-2).
const MinimumAge = 14

// ConsentKind is the kind of a consent.
type ConsentKind string

const (
	// ConsentAge: being at least [MinimumAge].
	ConsentAge ConsentKind = "age"
	// ConsentTerms: one of the operator's terms.
	ConsentTerms ConsentKind = "terms"
	// ConsentMarketing: receiving advertising (Network Act article 50); never required.
	ConsentMarketing ConsentKind = "marketing"
	// ConsentScope: a consent item at the provider.
	ConsentScope ConsentKind = "scope"
	// ConsentReminder records that the app was asked to reconfirm a consent to advertising; it is no statement of the
	// user's.
	ConsentReminder ConsentKind = "reminder"
)

// The places of a consent.
const (
	PlaceJoin    = "join"    // the join page
	PlaceConsent = "consent" // our page that asks for one more consent
	PlaceAccount = "account" // the user's list of consents
	PlaceImport  = "import"  // another service, from which the user was imported
)

// PlaceAt is where a user agreed at a provider: on its consent screen or in its own list of connected services.
func PlaceAt(provider string) string { return provider }

// termsSuffix marks, in stored lines, a term that the provider asked for on the operator's behalf.
const termsSuffix = "_sync"

// PlaceTermsAt is where a user answered one of the operator's terms at a provider.
func PlaceTermsAt(provider string) string { return provider + termsSuffix }

// IsTermsPlace reports whether a place is that of [PlaceTermsAt], at any provider.
func IsTermsPlace(place string) bool { return strings.HasSuffix(place, termsSuffix) }

// Consent is a line of the ledger. Lines are added and never changed: withdrawing is another line with Agreed false.
type Consent struct {
	UserID  ID
	Kind    ConsentKind
	Tag     string // of the term or consent item; "age" for ConsentAge
	Version string // of the term; the minimum age for ConsentAge; "" for ConsentScope
	Agreed  bool
	At      time.Time
	Place   string
	Client  audit.Client
}

// Scopes are the consent items granted at a provider: sorted names with a space between; "" if none are, or if it is
// not known. As text they keep an [Identity] comparable.
type Scopes string

const (
	maxScopes   = 24
	maxScopeLen = 40
	// openID is not a consent item, but says that the provider gives ID tokens.
	openID = "openid"
)

// NewScopes makes Scopes of the provider's names and drops invalid ones.
func NewScopes(names []string) Scopes {
	var all []string
	for _, n := range names {
		if isScope(n) && len(all) < maxScopes {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return Scopes(strings.Join(slices.Compact(all), " "))
}

func isScope(name string) bool {
	return name != "" && len(name) <= maxScopeLen && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.'
	})
}

// Has reports whether an item is granted. It runs for every request of a guarded page.
func (s Scopes) Has(name string) bool {
	for rest, more := string(s), true; more; {
		var item string
		if item, rest, more = strings.Cut(rest, " "); item == name {
			return item != ""
		}
	}
	return false
}

// Items are the consent items, without "openid".
func (s Scopes) Items() []string {
	return slices.DeleteFunc(strings.Fields(string(s)), func(n string) bool { return n == openID })
}

// OpenID reports whether the provider gives ID tokens.
func (s Scopes) OpenID() bool { return s.Has(openID) }

// KeepOpenID adds "openid" if before had it: an answer about consent items does not mention ID tokens.
func (s Scopes) KeepOpenID(before Scopes) Scopes {
	if !before.OpenID() {
		return s
	}
	return NewScopes(append(strings.Fields(string(s)), openID))
}

// Allow keeps the parts of a profile that these items grant (PIPA article 37).
func (s Scopes) Allow(p Profile) Profile {
	const both = "profile" // nickname and picture in one, in old apps
	if !s.Has("profile_nickname") && !s.Has(both) {
		p.Nickname = ""
	}
	if !s.Has("profile_image") && !s.Has(both) {
		p.Picture = ""
	}
	if !s.Has("account_email") {
		return p.withoutEmail()
	}
	return p
}

// Agreements are the terms that a user has agreed to: a line "tag=version" for each. They are the last word of the
// ledger, stored with the user so that a request need not read it.
type Agreements string

// Version is the version that was agreed to; false if none was.
func (a Agreements) Version(tag string) (string, bool) {
	for line := range strings.Lines(string(a)) {
		if t, v, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok && t == tag {
			return v, true
		}
	}
	return "", false
}

// Has reports whether this version is agreed to.
func (a Agreements) Has(tag, version string) bool {
	v, ok := a.Version(tag)
	return ok && v == version
}

// With returns the agreements after one more line of the ledger.
func (a Agreements) With(c Consent) Agreements {
	if c.Kind == ConsentScope || c.Kind == ConsentReminder {
		return a
	}
	var b strings.Builder
	for line := range strings.Lines(string(a)) {
		if t, _, _ := strings.Cut(line, "="); t != c.Tag {
			b.WriteString(line)
		}
	}
	if c.Agreed {
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte('\n')
		}
		// A line break in a version would start another line.
		b.WriteString(c.Tag + "=" + strings.ReplaceAll(c.Version, "\n", " "))
	}
	return Agreements(strings.TrimSuffix(b.String(), "\n"))
}

// EmailAbsence is why an identity has no e-mail address.
type EmailAbsence string

const (
	// EmailPresent: it has one.
	EmailPresent EmailAbsence = ""
	// EmailNotGranted: the user has not agreed to give it, or was not asked for it.
	EmailNotGranted EmailAbsence = "not_granted"
	// EmailNotThere: the user has agreed, but the account at the provider has no usable address.
	EmailNotThere EmailAbsence = "not_there"
	// EmailUnknown: it is not known what the user has agreed to.
	EmailUnknown EmailAbsence = "unknown"
)

// WhyNoEmail says why an identity has no e-mail address.
func (i Identity) WhyNoEmail() EmailAbsence {
	switch {
	case i.Profile.EmailState != EmailNone:
		return EmailPresent
	case i.Scopes == "":
		return EmailUnknown
	case i.Scopes.Has("account_email"), i.Scopes.Has("email"):
		return EmailNotThere
	}
	return EmailNotGranted
}
