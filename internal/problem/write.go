package problem

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/norang-login/norang/internal/i18n"
)

// ContentType is that of a problem body (RFC 9457 section 3); JSON is UTF-8 by definition and takes no charset.
const ContentType = "application/problem+json"

// typeBase is where docs/problems.md can be read. RFC 9457 section 3.1.1 wants a type that a person can look up.
const typeBase = "https://github.com/norang-login/norang/blob/main/docs/problems.md#"

// Instance is where and for whom a Problem is written.
type Instance struct {
	Lang i18n.Lang
	Words
	// LoginURL is the sign-in page, told with the problems that signing in ends; "" leaves it out.
	LoginURL string
}

// Body is a problem as a program reads it (RFC 9457): the registered members and ours. Programs go by Code.
type Body struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      Code   `json:"code"`
	RequestID string `json:"request_id"`
	LoginURL  string `json:"login_url,omitempty"`
	Location  string `json:"location,omitempty"`
}

// Body makes the body.
func (p Problem) Body(in Instance) Body {
	b := Body{
		Type:  typeBase + anchor(p.Code),
		Title: p.Title(in.Lang), Status: p.Status, Detail: p.Detail(in.Lang, in.Words),
		Code: p.Code, RequestID: in.RequestID, Location: p.Location,
	}
	if p.Action == ActionSignIn {
		b.LoginURL = in.LoginURL
	}
	return b
}

// Write answers a program: status, headers and body. It sets what belongs to this answer (Content-Type, Content-Language,
// Retry-After, Cache-Control, nosniff) and leaves the headers of every answer to the caller. Allow beside
// [MethodNotAllowed] is the router's.
func (p Problem) Write(w http.ResponseWriter, in Instance) {
	raw, err := json.Marshal(p.Body(in))
	if err != nil {
		// Strings and an int always marshal; the words of a broken program are at least a number.
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set("Content-Length", strconv.Itoa(len(raw)+1))
	h.Set("X-Content-Type-Options", "nosniff")
	p.SetHeaders(h, in.Lang)
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(raw, '\n')) // the client is gone if this fails
}

// SetHeaders sets what a page and a body of this problem have in common: Retry-After, the language, and that nobody may
// keep it.
func (p Problem) SetHeaders(h http.Header, l i18n.Lang) {
	if l != i18n.En {
		l = i18n.Ko
	}
	h.Set("Content-Language", string(l))
	h.Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.seconds()))
	}
}
