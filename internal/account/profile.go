package account

import (
	"net/mail"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanProfile makes a profile that a provider asserted fit to keep. It cleans the nickname and drops an e-mail address
// that cannot be one, even if the provider calls it verified.
func CleanProfile(p Profile) Profile {
	p.Nickname = cleanName(p.Nickname)
	if !validEmail(p.Email) {
		return p.withoutEmail()
	}
	return p
}

// EmailReplaced reports whether next has another e-mail address instead of that of p.
func (p Profile) EmailReplaced(next Profile) bool {
	return p.Email != "" && next.Email != "" && p.Email != next.Email
}

// cleanName removes control characters other than tabs and line breaks, and marks that change the text direction, from
// a nickname. A name without a visible character is "" (UN-08).
func cleanName(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && !unicode.IsSpace(c) || c == '\u0085' || unicode.Is(unicode.Bidi_Control, c) {
			return -1
		}
		return c
	}, CleanText(s, len(s)))
	if !strings.ContainsFunc(s, visible) {
		return ""
	}
	return CleanText(s, MaxNickname)
}

// visible reports whether a character shows something by itself: no blank, format character, Hangul filler, variation
// selector or combining mark.
func visible(c rune) bool {
	const emptyBraille = '\u2800'
	if c <= unicode.MaxASCII {
		return c > ' ' && c != unicode.MaxASCII
	}
	return !unicode.IsSpace(c) && c != emptyBraille &&
		!unicode.In(c, unicode.C, unicode.Z, unicode.M, unicode.Other_Default_Ignorable_Code_Point)
}

// validEmail reports whether s is an address of the form user@host that mail can be sent to (RFC 5321 section 4.1.2,
// RFC 6531): no display name, comment, quotes or IP address.
func validEmail(s string) bool {
	const maxAddress, maxUser, maxLabel = 254, 64, 63
	if len(s) > maxAddress || !plainAddress(s) && !parsedAddress(s) {
		return false
	}
	user, host, _ := strings.Cut(s, "@")
	labels := strings.Split(host, ".")
	if len(user) > maxUser || strings.Contains(host, "@") || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, notInHost) {
			return false
		}
	}
	_, err := netip.ParseAddr(host)
	return err != nil
}

// plainAddress reports whether s consists of ASCII letters, digits and the marks that addresses usually have, so that
// there is nothing to parse but user and host. Nearly all addresses are such, and the parser is slow.
func plainAddress(s string) bool {
	user, host, ok := strings.Cut(s, "@")
	if !ok || user == "" || user[0] == '.' || user[len(user)-1] == '.' || strings.Contains(user, "..") {
		return false
	}
	for _, c := range []byte(user + host) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_', c == '+':
		default:
			return false
		}
	}
	return true
}

// parsedAddress reports whether s is nothing but an address.
func parsedAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsFunc(s, notInEmail)
}

func notInEmail(c rune) bool {
	return c == utf8.RuneError || c == '"' || !unicode.IsGraphic(c) || unicode.IsSpace(c)
}

func notInHost(c rune) bool {
	return c != '-' && !unicode.In(c, unicode.L, unicode.M, unicode.Nd)
}
