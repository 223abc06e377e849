package problem

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// ContentType is the media type of a problem body (RFC 9457 section 3). JSON is UTF-8 and takes no charset.
const ContentType = "application/problem+json"

// typeBase is the address of docs/problems.md: RFC 9457 section 3.1.1 wants a type that can be looked up.
const typeBase = "https://github.com/norang-login/norang/blob/main/docs/problems.md#"

// Instance is what a problem body needs to know of its request.
type Instance struct {
	Lang i18n.Lang
	Words
	// LoginURL is the sign-in page, for problems that a sign-in solves; "" leaves it out.
	LoginURL string
}

// Body is a problem body (RFC 9457): the registered members and further ones. Programs match on Code.
type Body struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      Code   `json:"code"`
	Provider  string `json:"provider,omitempty"`
	RequestID string `json:"request_id"`
	LoginURL  string `json:"login_url,omitempty"`
	Location  string `json:"location,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

// Body returns the problem body.
func (p Problem) Body(in Instance) Body {
	b := Body{
		Type:  typeBase + anchor(p.Code),
		Title: p.Title(in.Lang, in.Words), Status: p.Status, Detail: p.Detail(in.Lang, in.Words),
		Code: p.Code, Provider: p.Provider, RequestID: in.RequestID, Location: p.Location,
	}
	if e := (*Error)(nil); errors.As(p.Err, &e) {
		b.Reason = e.Reason
	}
	if p.Action == ActionSignIn || p.Action == ActionNewTab {
		b.LoginURL = in.LoginURL
	}
	return b
}

// Write answers a program: status, headers of this answer (Content-Type, Content-Language, Retry-After, Cache-Control,
// nosniff) and body. The caller sets the headers of every answer and, with [MethodNotAllowed], Allow.
func (p Problem) Write(w http.ResponseWriter, in Instance) {
	raw, err := json.Marshal(p.Body(in))
	if err != nil {
		// Cannot happen: strings and an int always marshal.
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set("Content-Length", strconv.Itoa(len(raw)+1))
	h.Set("X-Content-Type-Options", "nosniff")
	p.SetHeaders(h, in.Lang)
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(raw, '\n')) // an error means that the client has gone
}

// SetHeaders sets the headers that a page and a body of this problem share: language, no-store and Retry-After.
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

// anchor is a code's fragment in docs/problems.md.
func anchor(c Code) string {
	if _, ok := c.ofProvider(); ok {
		return "provider-codes"
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(string(c))
}
