package kakaotest

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

// Approval is a login of a user for [Server.Approve].
type Approval struct {
	// Params are the parameters of the authorize request. The defaults are client_id: the default app's REST key;
	// redirect_uri: its first; response_type: code.
	Params map[string]string `json:"params"`
	// Account logs in. Default the app's AutoPersona.
	Account string `json:"account"`
	// Agree lists consent items and term tags to agree to besides the required ones. Nil means all that the account
	// does not decline.
	Agree []string `json:"agree"`
	// Cancel presses cancel if there is a consent screen.
	Cancel bool `json:"cancel"`
}

// Approved is the result of [Server.Approve].
type Approved struct {
	Location string `json:"location,omitempty"` // where the browser would be redirected
	Code     string `json:"code,omitempty"`
	Error    string `json:"error,omitempty"`      // error of the redirect, such as access_denied
	ErrorKOE string `json:"error_page,omitempty"` // code of a page without redirect, such as KOE006
}

// Approve performs a login without pages and without a browser. It makes the same checks and no Kakao session.
func (s *Server) Approve(p Approval) (Approved, error) {
	app := s.App()
	q := url.Values{"client_id": {app.RESTKey}, "response_type": {"code"}}
	for k, v := range p.Params {
		q.Set(k, v)
	}
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if a, _, ok := w.apps.find(q.Get("client_id")); ok && !q.Has("redirect_uri") && len(a.RedirectURIs) > 0 {
		q.Set("redirect_uri", a.RedirectURIs[0])
	}
	r, err := http.NewRequest(http.MethodGet, w.cfg.BrowserURL+"/oauth/authorize?"+q.Encode(), nil)
	if err != nil {
		return Approved{}, err
	}
	c := browserCall{newCall(w, r, &endpoint{name: "oauth/authorize", page: true, host: "kauth"})}
	req, a, page := c.authRequest()
	if page != nil {
		return Approved{ErrorKOE: page.code}, nil
	}
	name := p.Account
	if name == "" {
		name = a.AutoPersona
	}
	if err := w.accounts.check(name); err != nil {
		return Approved{}, err
	}
	if err := checkAgree(a, p.Agree); err != nil {
		return Approved{}, err
	}
	acc := w.accounts.byID[name]
	tx := c.newTransaction(req)
	tx.account, tx.authTime = acc.ID, w.clock.now()
	return readApproved(c.approve(tx, a, acc, p)), nil
}

// checkAgree finds misspelt items, with which a test would miss what it agreed to.
func checkAgree(a *App, agree []string) error {
	known := consentIDs()
	for _, t := range a.Terms {
		known = append(known, t.Tag)
	}
	for _, id := range agree {
		if !slices.Contains(known, id) {
			return emulator.Errorf("agree: 모르는 동의항목이나 약관입니다: %q%s", "agree: unknown consent item or term %q%s",
				emulator.Clip(id, 64), oneOf(known))
		}
	}
	return nil
}

// approve decides as the consent page does. The caller holds the lock.
func (c browserCall) approve(tx *transaction, a *App, acc *Account, p Approval) answer {
	if refused := c.refuses(tx, a, acc); refused != nil {
		return *refused
	}
	offer := c.w.consentOffer(tx, a, acc)
	if !offer.empty() && (p.Cancel || acc.Cancels) {
		return c.redirectError(tx.authRequest, "access_denied", "User denied access")
	}
	agreed := offer.automatic(acc)
	if p.Agree != nil {
		agreed = slices.Clip(p.Agree)
		for _, it := range offer.items {
			if it.required {
				agreed = append(agreed, it.id)
			}
		}
		for _, t := range offer.terms {
			if t.Required {
				agreed = append(agreed, t.Tag)
			}
		}
	}
	return c.issueCode(tx, offer, agreed)
}

// readApproved reads the result from an answer.
func readApproved(a answer) Approved {
	out := Approved{Location: a.header.Get("Location")}
	if out.Location == "" {
		out.ErrorKOE = a.code
		return out
	}
	u, err := url.Parse(out.Location)
	if err != nil {
		return out
	}
	out.Code, out.Error = u.Query().Get("code"), u.Query().Get("error")
	return out
}

func controlApprove(s *Server, r *http.Request) (any, error) {
	var p Approval
	if err := emulator.ReadControl(r, &p); err != nil {
		return nil, err
	}
	return s.Approve(p)
}
