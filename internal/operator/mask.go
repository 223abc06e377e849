package operator

import (
	"strings"
	"unicode/utf8"
)

// MaskEmail hides an e-mail address except its first letter and domain. Text that is not an address is hidden
// altogether.
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
		n = 0 // a single letter would be the whole local part
	}
	return email[:n] + "***" + email[at:]
}
