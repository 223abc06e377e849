package koe

import (
	"slices"
	"strconv"
	"strings"
)

// Code is an error code as Kakao writes it: "KOE" and three digits for the authorization server (kauth.kakao.com,
// member error_code), a negative decimal number for the API server (kapi.kakao.com, member code).
type Code string

// FromInt returns the Code of an API server number: FromInt(-401) is "-401".
func FromInt(n int64) Code { return Code(strconv.FormatInt(n, 10)) }

// Int returns the number of an API server code. It reports false for a KOE code.
func (c Code) Int() (int64, bool) {
	n, err := strconv.ParseInt(string(c), 10, 64)
	return n, err == nil
}

// Owner is who can fix an error, and so whom a program should tell.
type Owner string

// The owners of an error.
const (
	User      Owner = "person"    // the user who signs in: cancelled, too young, not linked, consent missing
	Developer Owner = "developer" // the program: a wrong parameter, a code sent twice
	Operator  Owner = "operator"  // who configures the app in Kakao's console: keys, addresses, consent items
	Kakao     Owner = "kakao"     // Kakao: maintenance, internal errors
)

// Retry says whether a failed call may be retried.
type Retry string

// The kinds of retry.
const (
	Never       Retry = "never"       // the call keeps failing until something is changed
	Soon        Retry = "soon"        // the call may succeed within seconds (idempotent calls only)
	Later       Retry = "later"       // the call may succeed after minutes: a rate limit or maintenance
	SignInAgain Retry = "fresh_login" // do not retry; the user has to sign in again
	Refresh     Retry = "refresh"     // refresh the access token and retry once; sign in again if that fails
)

// Place is where Kakao shows or sends a code.
type Place string

// The places where a code occurs.
const (
	Page         Place = "page"      // Kakao's error page in the browser; the callback is never called
	Callback     Place = "callback"  // parameter error of the redirect to the service
	Logout       Place = "logout"    // Kakao's error page at /oauth/logout
	Token        Place = "token"     // JSON of POST /oauth/token
	TokenInfo    Place = "tokeninfo" // JSON of POST /oauth/tokeninfo
	API          Place = "api"       // JSON of kapi.kakao.com
	SDK          Place = "sdk"       // raised inside a JavaScript or mobile SDK
	OtherProduct Place = "elsewhere" // another Kakao product; listed for completeness
)

// Text is a text in Korean and English.
type Text struct {
	Ko string `json:"ko"`
	En string `json:"en"`
}

// In returns the Korean text for "ko" and its regions ("ko-KR"), the English text for any other language.
func (t Text) In(lang string) string {
	if lang == "ko" || strings.HasPrefix(lang, "ko-") || strings.HasPrefix(lang, "ko_") {
		return t.Ko
	}
	return t.En
}

// IsZero reports whether the text is empty in both languages.
func (t Text) IsZero() bool { return t == Text{} }

// Fix is the line to change in a common library.
type Fix struct {
	Framework string `json:"framework"` // name of the library, such as "Spring Security"
	Line      string `json:"line"`      // code or setting to write
}

// Entry describes one code.
type Entry struct {
	Code   Code    `json:"code"`
	Places []Place `json:"places"`
	// Status is the HTTP status of the response, 0 if not documented.
	Status int `json:"status,omitempty"`
	// OAuthError is the JSON member "error" sent with a KOE code, "" if there is none or it is unknown.
	OAuthError string `json:"oauth_error,omitempty"`
	// Message is Kakao's error_description or msg as documented. It may change: programs must not compare it.
	Message string `json:"message,omitempty"`
	Owner   Owner  `json:"fault"`
	Retry   Retry  `json:"retry"`
	// Cause and Remedy are sentences for the developer or operator of the service.
	Cause  Text `json:"cause"`
	Remedy Text `json:"remedy"`
	// Menu is the menu in Kakao's console, by the names of 2025-26. Zero if the console has no setting for it.
	Menu Text `json:"menu,omitzero"`
	// ForUser is a sentence that may be shown to the user: it names no code or setting and blames no one.
	// Zero if users cannot encounter the code.
	ForUser Text `json:"for_person,omitzero"`
	// ForDeveloper is the usual cause in practice.
	ForDeveloper Text  `json:"for_developer"`
	Fixes        []Fix `json:"fixes,omitempty"`
	// Unconfirmed says what Kakao's documents do not confirm. Zero if everything is documented.
	Unconfirmed Text `json:"unconfirmed,omitzero"`
}

// In reports whether the code occurs at p.
func (e Entry) In(p Place) bool { return slices.Contains(e.Places, p) }

// Lookup returns the entry of a code such as "KOE006" or "-401" and reports whether there is one. It ignores case and
// surrounding spaces. The slices of the Entry are shared and must not be modified.
func Lookup(code string) (Entry, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	for i := range table {
		if string(table[i].Code) == code {
			return table[i], true
		}
	}
	return Entry{}, false
}

// All returns a copy of the table: KOE codes ascending, then API server codes from -1 down. The slices of the entries
// are shared and must not be modified.
func All() []Entry { return slices.Clone(table) }
