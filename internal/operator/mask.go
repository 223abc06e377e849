package operator

import (
	"strings"
	"unicode/utf8"
)

// MaskEmail hides an address but for its first letter and its domain, as operators see it until they ask for more
// (korea.md 2). What has no form of an address is hidden altogether.
func MaskEmail(email string) string {
	if email == "" {
		return ""
	}
	at := strings.LastIndexByte(email, '@')
	if at < 1 {
		return "***"
	}
	_, n := utf8.DecodeRuneInString(email)
	if n >= at {
		n = 0 // a single letter would be the whole name
	}
	return email[:n] + "***" + email[at:]
}
