package profile

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/web"
)

// tickets redeems link tickets, by which the app says that the bearer is its user with a certain number. Opening the
// link changes nothing: it may be a mail preview, or reach the wrong user, who must be able to see for whom it is.
type tickets struct {
	kernel    *web.Kernel
	service   *linking.Service
	trips     Trips
	forms     *seal.Signer
	providers *provider.Set
}

// cookie binds the form to the browser that saw it, which may have no session.
func (t *tickets) cookie() string { return t.kernel.Cookies.Name("ticket") }

// read reads the ticket in the path and the app's number of its user.
func (t *tickets) read(r *web.Request) (account.TicketCode, string, error) {
	code, ok := account.ParseTicketCode(r.PathValue("ticket"))
	if !ok {
		return code, "", problem.New(problem.LinkTicket)
	}
	ref, err := t.service.Ticket(r.Context(), code)
	return code, ref, err
}

// formText is what the form's token signs: this browser and this ticket.
func (t *tickets) formText(browser string, code account.TicketCode) []byte {
	h := code.Hash()
	return []byte("ticket\x00" + browser + "\x00" + string(h[:]))
}

// form says for whom the ticket is, with one button.
func (t *tickets) form(w http.ResponseWriter, r *web.Request) error {
	code, ref, err := t.read(r)
	if err != nil {
		return err
	}
	browser := t.kernel.Cookies.Get(r.Request, t.cookie())
	if browser == "" {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		browser = base64.RawURLEncoding.EncodeToString(b[:])
		t.kernel.Cookies.Set(w, t.cookie(), browser, account.TicketLife)
	}
	p, err := r.SignedIn(w)
	if err != nil {
		return err
	}
	v := &page.Ticket{
		Frame: r.Frame(t.forms.Sign(t.formText(browser, code))),
		Ref:   ref, Code: code.Reveal(), ReturnTo: r.ReturnTo(r.Query()),
	}
	if p != nil && p.User.Status == account.Active && p.User.Ref != "" && p.User.Ref != ref {
		v.SignedIn = page.WhoOf(p)
	}
	return t.kernel.Render(w, http.StatusOK, v)
}

// begin starts the round trip. It answers with a page that holds the provider's button: a redirect would fall under
// form-action, see docs/decisions/sign-in-links.md. The callback spends the ticket.
func (t *tickets) begin(w http.ResponseWriter, r *web.Request) error {
	code, _, err := t.read(r)
	if err != nil {
		return err
	}
	browser := t.kernel.Cookies.Get(r.Request, t.cookie())
	if browser == "" || !t.forms.Verify(t.formText(browser, code), r.PostForm.Get("csrf")) {
		return problem.New(problem.CSRFRefused)
	}
	info := t.providers.All()[0].Info()
	if chosen := r.PostForm.Get("provider"); chosen != "" {
		var ok bool
		if info, ok = t.providers.Info(chosen); !ok {
			return problem.New(problem.RequestBad)
		}
	}
	// The account chooser shows users which account they are about to connect.
	intent := provider.SignIn
	if info.ChoosesAccount {
		intent = provider.ChooseAccount
	}
	h := code.Hash()
	to, err := t.trips.Prepare(w, r, login.StartRequest{
		Provider: info.Name, Intent: intent, Remember: true,
		Purpose: login.Ticket, Detail: h.String(), ReturnTo: []string{r.ReturnTo(r.PostForm)},
	})
	if err != nil {
		return err
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the path holds the ticket
	v := &page.Onward{Frame: r.Frame(""), URL: to}
	v.Provider = info.Name
	return t.kernel.Render(w, http.StatusOK, v)
}
