package provider

import (
	"net/url"
	"strings"
)

// maxPicture bounds the address of a profile picture, in bytes.
const maxPicture = 500

// Picture returns the address of a profile picture as the provider sent it, or "" unless it is an https address or one
// on origin, an emulator's scheme://host (XS-03).
func Picture(text, origin string) string {
	u, err := url.Parse(text)
	blank := func(c rune) bool { return c <= ' ' || c == 0x7f }
	if err != nil || u.Host == "" || u.User != nil || len(text) > maxPicture || strings.ContainsFunc(text, blank) {
		return ""
	}
	if u.Scheme == "https" || u.Scheme+"://"+u.Host == origin {
		return text
	}
	return ""
}

// Origin is the origin of a URL.
func Origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
