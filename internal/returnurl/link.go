package returnurl

import (
	"net/url"
	"strings"
)

// IsLink reports whether text can be a link or image that the operator puts on the pages: an https URL without user and
// password, which everyone would read, or a path on this origin. html/template replaces others by a dead link.
func IsLink(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User != nil {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") && !strings.Contains(text, `\`)
	}
	return u.Scheme == "https" && u.Host != ""
}

// IsContact reports whether text is a link or a mailto: address.
func IsContact(text string) bool {
	u, err := url.Parse(text)
	return IsLink(text) || err == nil && u.Scheme == "mailto" && u.Opaque != ""
}
