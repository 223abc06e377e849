package page

import (
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// View is a view model: a struct of this package that embeds [Frame].
type View interface {
	frame() Frame
	// file is the page's template.
	file() string
}

// Frame is what every page has.
type Frame struct {
	// Lang is the language of the page; the zero value is Korean.
	Lang i18n.Lang
	// Path is this page's path and query, for the language switch. Of the query only return_to is kept, and what a
	// Consent asks for, so that no code or state is copied into a link. Only pages under the prefix, "/" and "/login"
	// can be requested again; for other paths and for "" the switch leads to the sign-in page.
	Path string
	// CSRF is the token of the page's forms; it is sent back as the field "csrf".
	CSRF string
	// Flash is a one-time message above the page.
	Flash Flash
	// RequestID is the request's public id; shown on problem pages.
	RequestID string
	// Provider is the name of the provider that the page is about; the first one by default.
	Provider string
	// WebView is true in the browser of an app, where some providers refuse the sign-in. Outside is a URL that opens
	// the page in the device's own browser, "" if there is none for this app.
	WebView bool
	Outside string
}

func (f Frame) frame() Frame { return f }

// Flash is a one-time message. Its texts come from the catalogue only.
type Flash string

// The messages.
const (
	FlashNone      Flash = ""
	FlashCancelled Flash = "cancelled"  // the sign-in was cancelled at the provider
	FlashSignedOut Flash = "signed_out" // this session ended
	FlashNotJoined Flash = "not_joined" // the user declined to join and was deleted
	FlashJoined    Flash = "joined"     // the user has just become active
	// Of the list of devices: one or all others were signed out, or the device does not exist.
	FlashDeviceEnded  Flash = "device_ended"
	FlashOthersEnded  Flash = "others_ended"
	FlashDeviceAbsent Flash = "device_absent"
	// Of the list of identities: one was added, removed (with the user signed out: it was the one in use), is the user's
	// already, was not added, or does not exist.
	FlashLinkAdded     Flash = "link_added"
	FlashLinkRemoved   Flash = "link_removed"
	FlashLinkInUse     Flash = "link_in_use_removed"
	FlashLinkYours     Flash = "link_yours"
	FlashLinkCancelled Flash = "link_cancelled"
	FlashLinkAbsent    Flash = "link_absent"
	FlashLeftAsItWas   Flash = "left_as_it_was" // a user who had withdrawn chose not to return
	// Of the list of consents: one was given, withdrawn, or is required and stays.
	FlashConsentGiven Flash = "consent_given"
	FlashConsentTaken Flash = "consent_taken"
	FlashConsentKept  Flash = "consent_kept"
	FlashMerged       Flash = "merged" // two accounts became one
	// Of the operator's console.
	FlashUserDisabled  Flash = "user_disabled"
	FlashUserEnabled   Flash = "user_enabled"
	FlashUserWithdrawn Flash = "user_withdrawn"
	FlashSessionsEnded Flash = "sessions_ended"
	FlashRoleChanged   Flash = "role_changed"
	FlashFactorReset   Flash = "factor_reset"
	FlashKeyRevoked    Flash = "key_revoked"
	FlashJobsRetried   Flash = "jobs_retried"
	FlashEventReplayed Flash = "event_replayed"
)

// ParseFlash accepts a known message from a query; FlashNone for all other text.
func ParseFlash(s string) Flash {
	switch n := Flash(s); n {
	case FlashCancelled, FlashSignedOut, FlashNotJoined, FlashJoined,
		FlashDeviceEnded, FlashOthersEnded, FlashDeviceAbsent,
		FlashLeftAsItWas, FlashLinkAdded, FlashLinkRemoved, FlashLinkInUse, FlashLinkYours, FlashLinkCancelled,
		FlashLinkAbsent,
		FlashConsentGiven, FlashConsentTaken, FlashConsentKept, FlashMerged,
		FlashUserDisabled, FlashUserEnabled, FlashUserWithdrawn, FlashSessionsEnded, FlashRoleChanged, FlashFactorReset,
		FlashKeyRevoked, FlashJobsRetried, FlashEventReplayed:
		return n
	}
	return FlashNone
}

// switchURL is the address of the same page in another language.
func (c Config) switchURL(v View, to i18n.Lang) string {
	path := v.frame().Path
	u, err := url.Parse(path)
	// "//evil.example" is another host, and browsers read a backslash as a slash.
	foreign := err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(path, "//") || strings.Contains(path, "\\")
	if foreign || !c.again(u.Path) {
		u = &url.URL{Path: c.path("login")}
	}
	q := url.Values{"lang": {string(to)}}
	if c.Console { // its addresses hold nothing secret or personal
		q := u.Query()
		q.Del("notice")
		q.Set("lang", string(to))
		return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).String()
	}
	keep := []string{"return_to"}
	if v.file() == (Consent{}).file() {
		keep = append(keep, "scope", "term", "feature", "again") // what is asked for
	}
	for _, name := range keep {
		if value := u.Query().Get(name); value != "" {
			q.Set(name, value)
		}
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).String()
}

// again reports whether a page may be requested again without an effect.
func (c Config) again(path string) bool {
	return path == "/" || path == "/login" || strings.HasPrefix(path, c.Prefix+"/") && !strings.Contains(path, "/..")
}
