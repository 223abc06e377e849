package store

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Callers clean text for readers; this is the last check before the database. PostgreSQL refuses NUL and invalid
// UTF-8, which SQLite accepts: one strange nickname would sign in on one and fail on the other (UN-03, UN-04).
// Lengths are bounded too, in bytes, generously.
const (
	maxURL     = 2048
	maxEmail   = 320
	maxAddress = 45
	maxShort   = 128 // request ids, reasons, actors, tags
	maxSubject = 255
)

// clean makes s valid for both databases and at most limit bytes long, cut between runes.
func clean(s string, limit int) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// storable reports whether clean leaves the texts as they are. No row has any other.
func storable(limit int, texts ...string) bool {
	for _, s := range texts {
		if s != clean(s, limit) {
			return false
		}
	}
	return true
}

// cleanProfile also makes sure that an address has a state and the reverse (AL-05).
func cleanProfile(p account.Profile) account.Profile {
	p.Nickname = clean(p.Nickname, account.MaxNickname*utf8.UTFMax)
	p.Picture = clean(p.Picture, maxURL)
	p.Email = clean(p.Email, maxEmail)
	if p.Email == "" || p.EmailState != account.EmailVerified && p.EmailState != account.EmailUnverified {
		p.Email, p.EmailState, p.EmailRelay = "", account.EmailNone, false
	}
	return p
}

func cleanClient(o audit.Client) audit.Client {
	return audit.Client{
		Address:   clean(o.Address, maxAddress),
		UserAgent: clean(o.UserAgent, audit.MaxUserAgent),
		RequestID: clean(o.RequestID, maxShort),
	}
}

// checkKey refuses a key that cannot be stored as it is: cleaning it could make two users one.
func checkKey(k account.Key) error {
	for _, s := range []string{k.Provider, k.Namespace, k.Subject} {
		if s == "" || len(s) > maxSubject || !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return fmt.Errorf("%w: identity key", errInvalid)
		}
	}
	return nil
}
