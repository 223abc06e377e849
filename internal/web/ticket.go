package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

// A link ticket is the app's word that whoever opens it is its member of some number. Opening it does nothing: it may be a
// mail's preview, or somebody else's link that was sent to the wrong person, who must be able to see for whom it is.

// ticketCookie binds the form to the browser that was shown it, where there is no session yet that could.
func (c cookies) ticket() string { return c.host + "-ticket" }

// ticketOf reads the ticket from the address; problem.LinkTicket if it is none of ours.
func (s *Server) ticketOf(r *request) (account.TicketCode, string, error) {
	code, ok := account.ParseTicketCode(r.PathValue("ticket"))
	if !ok {
		return code, "", problem.New(problem.LinkTicket)
	}
	ref, err := s.linker.Ticket(r.Context(), code)
	return code, ref, err
}

// ticketToken goes into the form: that page was ours, for this browser and this ticket.
func (s *Server) ticketToken(browser string, code account.TicketCode) string {
	h := code.Hash()
	return s.csrf.Sign([]byte("ticket\x00" + browser + "\x00" + string(h[:])))
}

// ticketForm says for whom the ticket is, with one button.
func (s *Server) ticketForm(w http.ResponseWriter, r *request) error {
	code, ref, err := s.ticketOf(r)
	if err != nil {
		return err
	}
	browser := s.cookies.one(r.Request, s.cookies.ticket())
	if browser == "" {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		browser = base64.RawURLEncoding.EncodeToString(b[:])
		s.cookies.set(w, s.cookies.ticket(), browser, account.TicketLife)
	}
	p, err := s.principal(w, r)
	if err != nil {
		return err
	}
	v := &page.Ticket{
		Frame: s.frame(r, s.ticketToken(browser, code)), Ref: ref, Code: code.Reveal(), ReturnTo: s.returnTo(r.query()),
	}
	if p != nil && p.User.Status == account.Active && p.User.Ref != "" && p.User.Ref != ref {
		v.SignedIn = page.WhoOf(p)
	}
	return s.render(w, http.StatusOK, v)
}

// ticketBegin starts the round through the provider. Its answer is a page with the provider's button: a redirect would fall
// under form-action, see docs/decisions/sign-in-links.md. The ticket is spent when the round comes back.
func (s *Server) ticketBegin(w http.ResponseWriter, r *request) error {
	code, _, err := s.ticketOf(r)
	if err != nil {
		return err
	}
	browser, got := s.cookies.one(r.Request, s.cookies.ticket()), r.PostForm.Get("csrf")
	h := code.Hash()
	if browser == "" || !s.csrf.Verify([]byte("ticket\x00"+browser+"\x00"+string(h[:])), got) {
		return problem.New(problem.CSRFRefused)
	}
	started, err := s.flow.Start(login.StartRequest{
		// The chooser lets people see which Kakao account they are about to connect.
		Provider: s.first, Purpose: login.Ticket, Detail: h.String(), Intent: provider.ChooseAccount, Remember: true,
		ReturnTo: []string{s.returnTo(r.PostForm)}, Held: s.cookies.held(r.Request),
	})
	if err != nil {
		return err
	}
	s.setAttempt(w, started)
	s.metrics.LoginStarted()
	// The address that this page was asked by is a secret; nothing of it goes to the provider.
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.render(w, http.StatusOK, &page.Onward{Frame: s.frame(r, ""), URL: started.URL})
}
