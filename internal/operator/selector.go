package operator

import (
	"context"
	"errors"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Selector names one person, by what can name one: our id, the app's ref, or an identity. Nicknames and e-mail addresses
// repeat and change, so nothing is ever done to whoever has one (AD-07).
type Selector struct {
	text string
	// ID and Ref are alternatives when both are set: a text without a prefix may be either.
	ID  account.ID
	Ref string
	// Provider and Subject are an identity; App may be empty, which means any.
	Provider, App, Subject string
}

// String is what was written.
func (s Selector) String() string { return s.text }

var (
	// ErrSelector: the text names nobody, by its form.
	ErrSelector = errors.New("operator: no id, ref or identity")
	// ErrUnknown: nobody has this id, ref or identity.
	ErrNoSuchUser = errors.New("operator: nobody is named so")
	// ErrAmbiguous: more than one person may be meant, so nothing was done.
	ErrAmbiguous = errors.New("operator: more than one person may be meant")
)

// maxSelector bounds what is looked for; no ref and no subject is longer.
const maxSelector = 512

// ParseSelector reads "id:UUID", "ref:10482", "kakao:4242", "kakao:APP:4242", or a bare id or ref.
func ParseSelector(text string) (Selector, error) {
	s := Selector{text: text}
	prefix, rest, prefixed := strings.Cut(text, ":")
	switch {
	case text == "" || len(text) > maxSelector || strings.ContainsRune(text, 0) || prefixed && (prefix == "" || rest == ""):
		return s, ErrSelector
	case !prefixed:
		s.Ref = text
		if isUUID(strings.ToLower(text)) {
			s.ID = account.ID(strings.ToLower(text))
		}
	case prefix == "id":
		if s.ID = account.ID(strings.ToLower(rest)); !isUUID(string(s.ID)) {
			return s, ErrSelector
		}
	case prefix == "ref":
		s.Ref = rest
	default:
		s.Provider, s.Subject = prefix, rest
		if app, subject, ok := strings.Cut(rest, ":"); ok {
			if s.App, s.Subject = app, subject; app == "" || subject == "" {
				return s, ErrSelector
			}
		}
	}
	return s, nil
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return false
		}
	}
	return true
}

// find finds the one person that s names. A vain search is recorded too, without what was looked for: it may be somebody's
// e-mail address, written by mistake.
func (d *Service) find(ctx context.Context, kind audit.Kind, s Selector) (account.ID, error) {
	ids, err := d.cfg.Users.FindUsers(ctx, s)
	if err != nil {
		return "", err
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", errors.Join(ErrNoSuchUser, d.record(ctx, note{kind: kind, outcome: audit.NotFound}))
	}
	return "", errors.Join(ErrAmbiguous, d.record(ctx, note{kind: kind, outcome: audit.Ambiguous}, ids...))
}
