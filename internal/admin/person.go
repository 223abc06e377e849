package admin

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

const (
	consentsShown = 50
	accessesShown = 20
)

// who is the user that a page is about.
func who(r *Request) (operator.Selector, error) { return operator.ParseKey("id:" + r.PathValue("id")) }

func (p *People) show(w http.ResponseWriter, r *Request) error {
	return p.render(w, r, &page.ConsolePerson{})
}

// reveal shows e-mail addresses in full. The access record is written first.
func (p *People) reveal(w http.ResponseWriter, r *Request) error {
	return p.render(w, r, &page.ConsolePerson{Revealed: true})
}

// render reads the user and fills in the page. The access record is written before any of the data is shown.
func (p *People) render(w http.ResponseWriter, r *Request, v *page.ConsolePerson) error {
	id, err := who(r)
	if err != nil {
		return problem.New(problem.NotFound)
	}
	d, err := r.Operate("")
	if err != nil {
		return err
	}
	u, err := d.UserPages.Read(r.Context(), id, operator.Emails(v.Revealed), consentsShown, accessesShown)
	if err != nil {
		return err
	}
	r.Inside("people")
	v.ConsoleFrame = r.Frame()
	v.Path = Prefix + "/people/" + string(u.ID)
	v.Now, v.ConsoleUser, v.JoinedAt = r.shell.cfg.Kernel.Now(), consoleUser(u.User), u.JoinedAt
	v.Meta, v.MaxReason, v.MoreConsents = string(u.Meta), audit.MaxReason, u.More
	for _, i := range u.Identities {
		v.Identities = append(v.Identities, identity(i, v.Revealed))
		v.Masked = v.Masked || i.Profile.Email != "" && !v.Revealed
	}
	for _, s := range u.Live {
		v.Sessions = append(v.Sessions, page.ConsoleSession{
			ID: s.ID, Agent: session.ParseAgent(s.Client.UserAgent), Address: s.Client.Address, SignedInAt: s.CreatedAt,
			SeenAt: s.SeenAt,
		})
	}
	for _, c := range u.Ledger {
		v.Consents = append(v.Consents, p.consent(r, c.Consent))
	}
	v.Why = why(r, p.providers, u)
	for _, e := range u.Accesses {
		who, account := actor(r, p.providers, e.Actor, e.UserID)
		v.Accesses = append(v.Accesses, page.ConsoleAccess{
			At: e.At, Kind: word(r, "action", string(e.Kind)), Actor: who, Account: account,
			Reason: word(r, "reason", e.Reason), Outcome: word(r, "outcome", string(e.Outcome)),
		})
	}
	return r.Render(w, v)
}

// consent is a line of the ledger: a term by its title, a consent item with its provider.
func (p *People) consent(r *Request, c account.Consent) page.ConsoleConsent {
	out := page.ConsoleConsent{Tag: c.Tag, Version: c.Version, Agreed: c.Agreed, At: c.At}
	place, _, _ := strings.Cut(c.Place, "_")
	if _, ok := p.providers.Get(place); ok {
		out.Provider = place
	}
	out.Scope = c.Kind == account.ConsentScope
	out.Reminder = c.Kind == account.ConsentReminder
	if c.Kind == account.ConsentAge {
		out.Name, out.Version = say(r, "console.person.age", "age", c.Version), ""
	}
	for _, t := range p.terms {
		if !out.Scope && t.Tag == c.Tag {
			out.Name = t.Title(string(r.Lang))
		}
	}
	return out
}

func identity(i account.Identity, revealed bool) page.ConsoleIdentity {
	out := page.ConsoleIdentity{
		Provider: i.Provider, Namespace: i.Namespace, Subject: i.Subject, Nickname: i.Profile.Nickname,
		Email: operator.MaskEmail(i.Profile.Email), EmailState: i.Profile.EmailState,
		EmailRelay: i.Profile.EmailRelay, Why: i.WhyNoEmail(), LinkedAt: i.LinkedAt, SeenAt: i.SeenAt,
	}
	if revealed {
		out.Email = i.Profile.Email
	}
	return out
}

// confirmed returns the use cases with the reason of the form, nil if reason or confirmation is missing.
func confirmed(r *Request) (*operator.Operator, operator.Selector, error) {
	id, err := who(r)
	if err != nil {
		return nil, id, problem.New(problem.NotFound)
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if reason == "" || len(reason) > audit.MaxReason || r.PostForm.Get("confirm") != "1" {
		return nil, id, nil
	}
	d, err := r.Operate(reason)
	return d, id, err
}

// change runs a confirmed action, and leads back to the user with a message.
func (p *People) change(
	w http.ResponseWriter, r *Request, notice page.Flash, do func(*operator.Operator, operator.Selector) error,
) error {
	d, id, err := confirmed(r)
	if err != nil {
		return err
	}
	if d == nil {
		return p.render(w, r, &page.ConsolePerson{Missing: true})
	}
	err = do(d, id)
	if errors.Is(err, account.ErrLastOperator) {
		return p.render(w, r, &page.ConsolePerson{Last: true})
	}
	if err != nil {
		return err
	}
	return r.Done(w, "people/"+r.PathValue("id"), notice)
}

// status disables a user, or enables one again (action=disable, enable).
func (p *People) status(w http.ResponseWriter, r *Request) error {
	switch r.PostForm.Get("action") {
	case "enable":
		return p.change(w, r, page.FlashUserEnabled, func(d *operator.Operator, id operator.Selector) error {
			_, err := d.Accounts.Enable(r.Context(), id, operator.Apply)
			return err
		})
	case "disable":
		return p.change(w, r, page.FlashUserDisabled, func(d *operator.Operator, id operator.Selector) error {
			_, err := d.Accounts.Disable(r.Context(), id, operator.Apply)
			return err
		})
	}
	return problem.New(problem.RequestBad)
}

// sessions ends one session (session), or all.
func (p *People) sessions(w http.ResponseWriter, r *Request) error {
	return p.change(w, r, page.FlashSessionsEnded, func(d *operator.Operator, id operator.Selector) error {
		one := r.PostForm.Get("session")
		if one == "" {
			_, _, err := d.Sessions.RevokeAllOf(r.Context(), id, operator.Apply)
			return err
		}
		owner, err := d.Sessions.Revoke(r.Context(), one, operator.DryRun)
		if err == nil && owner != id.ID {
			return operator.ErrNoSession // of another user
		}
		if err == nil {
			_, err = d.Sessions.Revoke(r.Context(), one, operator.Apply)
		}
		return err
	})
}

// withdraw closes the account at once.
func (p *People) withdraw(w http.ResponseWriter, r *Request) error {
	return p.change(w, r, page.FlashUserWithdrawn, func(d *operator.Operator, id operator.Selector) error {
		_, err := d.Accounts.Withdraw(r.Context(), id, operator.Apply)
		return err
	})
}

// ticket makes a link ticket for the user's ref, and shows its address once.
func (p *People) ticket(w http.ResponseWriter, r *Request) error {
	d, id, err := confirmed(r)
	if err != nil {
		return err
	}
	if d == nil {
		return p.render(w, r, &page.ConsolePerson{Missing: true})
	}
	u, err := d.Users.Show(r.Context(), id, operator.Masked)
	if err != nil {
		return err
	}
	if !account.ValidRef(u.Ref) {
		return problem.New(problem.RequestBad) // the page shows no button then
	}
	code, expires, err := d.Linking.IssueTicket(r.Context(), u.Ref)
	if err != nil {
		return err
	}
	return p.render(w, r, &page.ConsolePerson{Ticket: p.links + code.Reveal(), TicketTo: expires})
}

// export downloads everything stored about the user.
func (p *People) export(w http.ResponseWriter, r *Request) error {
	d, id, err := confirmed(r)
	if err != nil {
		return err
	}
	if d == nil {
		return p.render(w, r, &page.ConsolePerson{Missing: true})
	}
	var file bytes.Buffer // an error in the middle must not look like a complete file
	if err := d.Exports.Write(r.Context(), id, &file); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="norang-user-`+string(id.ID)+`.json"`)
	_, _ = w.Write(file.Bytes()) // the client is gone if this fails
	return nil
}
