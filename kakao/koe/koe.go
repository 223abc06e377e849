package koe

import (
	"strconv"
	"strings"
)

// Code is a code as Kakao writes it: "KOE" and three digits for the
// authorization server (kauth.kakao.com, member error_code), a negative decimal
// number for the API server (kapi.kakao.com, member code).
type Code string

// FromInt gives the Code of a number from the API server: FromInt(-401) is "-401".
func FromInt(n int64) Code { return Code(strconv.FormatInt(n, 10)) }

// Int is the number of an API server's code, and false for a KOE code.
func (c Code) Int() (int64, bool) {
	n, err := strconv.ParseInt(string(c), 10, 64)
	return n, err == nil
}

// Fault says in whose hands the remedy lies. It decides whom a program tells:
// a person can only be asked to do something about the first.
type Fault string

// The four whose fault an error can be.
const (
	Person    Fault = "person"    // the person who signs in: cancelled, too young, not linked, consent missing
	Developer Fault = "developer" // the program: a wrong parameter, a code sent twice
	Operator  Fault = "operator"  // whoever keeps the app in Kakao's console: keys, addresses, consent items
	Kakao     Fault = "kakao"     // Kakao itself: maintenance, internal errors
)

// Retry says whether the same thing may be tried again.
type Retry string

// What a retry is worth.
const (
	Never      Retry = "never"       // the same call fails again until somebody changes something
	Soon       Retry = "soon"        // the same call may succeed within seconds (idempotent calls only)
	Later      Retry = "later"       // wait minutes: a limit or a maintenance
	FreshLogin Retry = "fresh_login" // the call never again, but a new login will do
	Refresh    Retry = "refresh"     // refresh the access token, then once more; a new login if that fails
)

// Place is where Kakao shows or sends the code.
type Place string

// The places where a code occurs.
const (
	Page      Place = "page"      // Kakao's own HTML page in the browser; the service is never called back
	Logout    Place = "logout"    // the same, at /oauth/logout
	Token     Place = "token"     // JSON of POST /oauth/token
	TokenInfo Place = "tokeninfo" // JSON of POST /oauth/tokeninfo
	API       Place = "api"       // JSON of kapi.kakao.com
	SDK       Place = "sdk"       // raised inside a JavaScript or mobile SDK
	Elsewhere Place = "elsewhere" // another product of Kakao's; listed so that nobody searches in vain
)

// Text is one text in the two languages that people read here.
type Text struct {
	Ko string `json:"ko"`
	En string `json:"en"`
}

// In gives the Korean text for "ko" (and "ko-KR"), the English one for anything else.
func (t Text) In(lang string) string {
	if lang == "ko" || strings.HasPrefix(lang, "ko-") || strings.HasPrefix(lang, "ko_") {
		return t.Ko
	}
	return t.En
}

// IsZero reports a text that says nothing.
func (t Text) IsZero() bool { return t == Text{} }

// Fix is the line to change in a library that many people use.
type Fix struct {
	Framework string `json:"framework"` // the library's own name, such as "Spring Security"
	Line      string `json:"line"`      // what to write, in the library's own language
}

// Entry is what is known about one code.
type Entry struct {
	Code   Code    `json:"code"`
	Places []Place `json:"places"`
	// Status is the HTTP status that Kakao sends with it, 0 when no source names one.
	Status int `json:"status,omitempty"`
	// OAuthError is the member "error" beside a KOE code in JSON, "" when there is none or it is unknown.
	OAuthError string `json:"oauth_error,omitempty"`
	// Message is the text that Kakao sends (error_description or msg), as far as
	// documented; it may change and must never be compared.
	Message string `json:"message,omitempty"`
	Fault   Fault  `json:"fault"`
	Retry   Retry  `json:"retry"`
	// Cause and Remedy are sentences for whoever builds or runs the service.
	Cause  Text `json:"cause"`
	Remedy Text `json:"remedy"`
	// Menu is the place in Kakao's console by the names of 2025-26, zero when the console cannot help.
	Menu Text `json:"menu,omitzero"`
	// ForPerson is a sentence that may be shown to the person who signs in: it
	// names no code, no setting and nobody's fault. Zero when no person can meet the code.
	ForPerson Text `json:"for_person,omitzero"`
	// ForDeveloper is what usually lies behind it in practice.
	ForDeveloper Text  `json:"for_developer"`
	Fixes        []Fix `json:"fixes,omitempty"`
	// Unconfirmed says what of all this no source of Kakao's confirms; zero when all of it is documented.
	Unconfirmed Text `json:"unconfirmed,omitzero"`
}

// In reports whether the code occurs at the place.
func (e Entry) In(p Place) bool {
	for _, q := range e.Places {
		if p == q {
			return true
		}
	}
	return false
}

// Lookup finds what is known about a code: "KOE006", "-401". Case and
// surrounding blanks do not matter, because people type codes from a screen.
// The slices of the Entry are shared and must not be changed.
func Lookup(code string) (Entry, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	for i := range table {
		if string(table[i].Code) == code {
			return table[i], true
		}
	}
	return Entry{}, false
}

// All gives the whole table in its order: KOE codes ascending, then the API
// server's codes from -1 down. The slice is the caller's, the slices inside are shared.
func All() []Entry {
	all := make([]Entry, 0, len(table))
	return append(all, table[:]...)
}
