package page

import (
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// View is a page's model: one of the structs of this package that embed [Frame].
type View interface {
	frame() Frame
	// file is the page's template.
	file() string
}

// Frame is what every page has.
type Frame struct {
	// Lang is the language of the page; the zero value is Korean.
	Lang i18n.Lang
	// Path is this page's own path and query, for the language switch: "/auth/login?return_to=%2Fboard". Of the query
	// only return_to is repeated, and what a Consent asks for, so that neither a code nor a state is ever copied into a link. Only pages under the
	// prefix, "/" and "/login" can be asked for again: for any other path (a callback; a sign-out, which the click would
	// carry out) and for "", the switch leads to the sign-in page, or to the account where somebody is signed in.
	Path string
	// CSRF is the token of the page's forms; it is sent back as the field "csrf".
	CSRF string
	// Notice is a quiet line above the page.
	Flash Flash
	// RequestID is the request's public id; shown on problem pages.
	RequestID string
	// Provider is the name of the provider that the page is about; the first one by default.
	Provider string
}

func (f Frame) frame() Frame { return f }

// Notice is one of a few things to say in passing. Texts come from the table of texts alone.
type Flash string

// The notices.
const (
	FlashNone      Flash = ""
	FlashCancelled Flash = "cancelled"  // the sign-in was cancelled at the provider
	FlashSignedOut Flash = "signed_out" // this session ended
	FlashNotJoined Flash = "not_joined" // the person declined to join, and what was kept is gone
	FlashJoined    Flash = "joined"     // the person has just become a member
	// Of the list of devices: one was signed out, all others were, or that one is not there (any more).
	FlashDeviceEnded  Flash = "device_ended"
	FlashOthersEnded  Flash = "others_ended"
	FlashDeviceAbsent Flash = "device_absent"
	// Of the ways to sign in: one was added, or taken away; the person has that one already; they stopped half-way; that
	// one is not there (any more).
	FlashLinkAdded     Flash = "link_added"
	FlashLinkRemoved   Flash = "link_removed"
	FlashLeftAsItWas   Flash = "left_as_it_was" // who left chose not to come back
	FlashLinkYours     Flash = "link_yours"
	FlashLinkCancelled Flash = "link_cancelled"
	FlashLinkAbsent    Flash = "link_absent"
	// Of the list of consents: one was given, taken back, or is required and stays.
	FlashConsentGiven Flash = "consent_given"
	FlashConsentTaken Flash = "consent_taken"
	FlashConsentKept  Flash = "consent_kept"
	FlashMerged       Flash = "merged" // two accounts became one
)

// ParseNotice reads a notice from a query; NoticeNone for anything that is none.
func ParseFlash(s string) Flash {
	switch n := Flash(s); n {
	case FlashCancelled, FlashSignedOut, FlashNotJoined, FlashJoined,
		FlashDeviceEnded, FlashOthersEnded, FlashDeviceAbsent,
		FlashLeftAsItWas, FlashLinkAdded, FlashLinkRemoved, FlashLinkYours, FlashLinkCancelled, FlashLinkAbsent,
		FlashConsentGiven, FlashConsentTaken, FlashConsentKept, FlashMerged:
		return n
	}
	return FlashNone
}

// switchURL is the address of the same page in another language.
func (r *Renderer) switchURL(v View, to i18n.Lang) string {
	path := v.frame().Path
	u, err := url.Parse(path)
	// "//evil.example" would be another host, and so would what a browser makes of a backslash.
	if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(path, "//") || strings.Contains(path, "\\") || !r.again(u.Path) {
		u = &url.URL{Path: r.path("login")}
		if v.file() == (Signout{}).file() {
			u.Path = r.path("account")
		}
	}
	q := url.Values{"lang": {string(to)}}
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

// again reports whether a page may be asked for a second time without anything happening.
func (r *Renderer) again(path string) bool {
	return path == "/" || path == "/login" || strings.HasPrefix(path, r.cfg.Prefix+"/") && !strings.Contains(path, "/..")
}
