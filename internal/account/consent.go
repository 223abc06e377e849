package account

import (
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// ConsentKind says what was agreed to.
type ConsentKind string

const (
	// ConsentAge is about being at least 14.
	ConsentAge ConsentKind = "age"
	// ConsentTerms is a document of the operator's.
	ConsentTerms ConsentKind = "terms"
	// ConsentMarketing is the wish to receive advertising (Network Act article 50); never required.
	ConsentMarketing ConsentKind = "marketing"
	// ConsentScope is a consent item at the provider: what it may tell of the person.
	ConsentScope ConsentKind = "scope"
	// ConsentReminder says nothing of what the person wants: the app was told that their consent to advertising has
	// to be confirmed to them again.
	ConsentReminder ConsentKind = "reminder"
)

// The places where something is agreed to.
const (
	PlaceJoin      = "join"       // the join page
	PlaceConsent   = "consent"    // our page that asks for one thing more
	PlaceAccount   = "account"    // the person's list of consents
	PlaceKakao     = "kakao"      // Kakao's consent screen, or Kakao's own list of connected services
	PlaceKakaoSync = "kakao_sync" // Kakao Sync's terms on that screen
)

// Consent is a line of the ledger. Lines are added, never changed: taking back is another line with Agreed false.
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

// Scopes are the consent items at a provider that a person has agreed to: sorted names with a blank between. "" is
// none, or that the provider has not said. It is a text so that an [Identity] stays comparable.
type Scopes string

const (
	maxScopes   = 24
	maxScopeLen = 40
	// openID is no consent item, but the sign that the provider gives ID tokens.
	openID = "openid"
)

// NewScopes takes names as the provider says them; what is none is left out.
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

// Has reports whether an item is among them. It runs for every request of a guarded page.
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

// OpenID reports whether the provider gave an ID token beside them.
func (s Scopes) OpenID() bool { return s.Has(openID) }

// KeepOpenID adds "openid" if before had it: an answer about consent items alone does not speak of ID tokens.
func (s Scopes) KeepOpenID(before Scopes) Scopes {
	if !before.OpenID() {
		return s
	}
	return NewScopes(append(strings.Fields(string(s)), openID))
}

// Allow leaves of a profile what these items give; the rest was taken back (PIPA article 37).
func (s Scopes) Allow(p Profile) Profile {
	const both = "profile" // nickname and picture in one, in old apps
	if !s.Has("profile_nickname") && !s.Has(both) {
		p.Nickname = ""
	}
	if !s.Has("profile_image") && !s.Has(both) {
		p.Picture = ""
	}
	if !s.Has("account_email") {
		p.Email, p.EmailState = "", EmailNone
	}
	return p
}

// Agreements are the terms that a person has agreed to and not taken back, by tag, with the version: a line
// "tag=version" for each. It is the ledger's last word, kept beside the user so that a request can be judged without
// reading the ledger.
type Agreements string

// Version is the version that was agreed to; false if none is.
func (a Agreements) Version(tag string) (string, bool) {
	for line := range strings.Lines(string(a)) {
		if t, v, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok && t == tag {
			return v, true
		}
	}
	return "", false
}

// Has reports whether this very version is agreed to.
func (a Agreements) Has(tag, version string) bool {
	v, ok := a.Version(tag)
	return ok && v == version
}

// With is what they are after one more line of the ledger.
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
		// A line break in a version would begin a line of its own.
		b.WriteString(c.Tag + "=" + strings.ReplaceAll(c.Version, "\n", " "))
	}
	return Agreements(strings.TrimSuffix(b.String(), "\n"))
}
