package operator

import (
	"errors"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/account"
)

// Selector names one user by id, by the app's ref, or by an identity. There is no selection by nickname or e-mail
// address: they repeat and change.
type Selector struct {
	text string
	// If both ID and Ref are set, either may match: the text had no prefix.
	ID  account.ID
	Ref string
	// Provider and Subject name an identity; an empty App matches any.
	Provider, App, Subject string
}

// String is the text that was parsed.
func (s Selector) String() string { return s.text }

var (
	// ErrSelector: the text is not a valid selector.
	ErrSelector = errors.New("operator: not a valid user selector")
	// ErrNoSuchUser: no user has this id, ref or identity.
	ErrNoSuchUser = errors.New("operator: no such user")
	// ErrAmbiguous: more than one user matches, so nothing was done.
	ErrAmbiguous = errors.New("operator: more than one user matches")
)

// Limits in bytes: of an id or ref, and of an identity, whose namespace may be percent-encoded.
const (
	maxSelector = 512
	maxIdentity = 2048
)

// ParseSelector parses "id:UUID", "ref:10482", "PROVIDER:SUBJECT", "PROVIDER:NAMESPACE:SUBJECT", or a bare id or ref.
// The namespace is percent-encoded, so that it ends at the first colon: see [SelectorOf]. One that is a URL may be
// written as it is if no colon but its own and the one before the subject follows.
func ParseSelector(text string) (Selector, error) {
	s := Selector{text: text}
	prefix, rest, prefixed := strings.Cut(text, ":")
	limit := maxSelector
	if prefixed && prefix != "id" && prefix != "ref" {
		limit = maxIdentity
	}
	switch {
	case text == "", len(text) > limit, strings.ContainsRune(text, 0), prefixed && (prefix == "" || rest == ""):
		return s, ErrSelector
	case !prefixed:
		s.Ref = text
		if id := account.ID(strings.ToLower(text)); id.Valid() {
			s.ID = id
		}
	case prefix == "id":
		if s.ID = account.ID(strings.ToLower(rest)); !s.ID.Valid() {
			return s, ErrSelector
		}
	case prefix == "ref":
		s.Ref = rest
	default:
		s.Provider, s.Subject = prefix, rest
		if app, subject, ok := cutNamespace(rest); ok {
			if s.App, s.Subject = app, subject; app == "" || subject == "" {
				return s, ErrSelector
			}
		}
	}
	return s, nil
}

// cutNamespace cuts the text behind the provider's name into namespace and subject; false if it is a subject alone.
// Both are empty if that cannot be decided.
func cutNamespace(text string) (namespace, subject string, ok bool) {
	namespace, subject, ok = strings.Cut(text, ":")
	if address, isURL := strings.CutPrefix(subject, "//"); isURL && (namespace == "https" || namespace == "http") {
		host, subject, ok := strings.Cut(address, ":")
		if !ok || strings.Contains(subject, ":") {
			return "", "", true // a port, or a colon of the subject
		}
		return namespace + "://" + host, subject, true
	}
	namespace, err := url.PathUnescape(namespace)
	if err != nil && ok {
		return "", "", true
	}
	return namespace, subject, ok
}

// SelectorOf writes a key as a selector, "PROVIDER:NAMESPACE:SUBJECT". The namespace is percent-encoded as by
// encodeURIComponent of JavaScript, because that of an OpenID Connect provider is a URL.
func SelectorOf(k account.Key) string {
	return k.Provider + ":" + strings.ReplaceAll(url.PathEscape(k.Namespace), ":", "%3A") + ":" + k.Subject
}

// ParseKey is [ParseSelector] for programs: a text without a prefix is an id and never a ref.
func ParseKey(text string) (Selector, error) {
	s, err := ParseSelector(text)
	if err == nil && !strings.Contains(text, ":") {
		if s.Ref = ""; s.ID == "" {
			err = ErrSelector
		}
	}
	return s, err
}
