package profile

import (
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/web"
)

const consentsPath = "account/consents"

// list shows what the user agreed to: which version, when and where.
func (c *Consents) list(w http.ResponseWriter, r *web.Request) error {
	all, err := c.service.Overview(r.Context(), r.Principal)
	if err != nil {
		return err
	}
	v := &page.Consents{Frame: r.FormFrame(), Now: c.kernel.Now(), Away: all.ItemsUnavailable}
	if all.Age != nil {
		v.Adult = &page.Agreed{Yes: all.Age.Agreed, At: all.Age.At, Place: all.Age.Place}
	}
	for _, t := range all.Terms {
		_, asked := c.service.Term(t.Tag)
		v.Terms = append(v.Terms, page.TermState{
			JoinTerm: page.JoinTerm{
				Tag: t.Tag, Version: t.Term.Version, Title: t.Title(string(r.Lang)), URL: t.URL,
				Required: t.Required, Marketing: t.Marketing,
			},
			Agreed: page.Agreed{Yes: t.Agreed, At: t.At, Place: t.Place}, Accepted: t.Version, Asked: asked,
		})
	}
	for _, it := range all.Items {
		item := page.ItemState{
			ID: it.ID, Name: it.Name, Revocable: it.Revocable,
			Agreed: page.Agreed{Yes: it.Agreed, At: it.At, Place: it.Place},
		}
		if it.CanRequest {
			item.AskURL = c.startURL([]string{it.ID}, c.kernel.Site.Path(consentsPath))
		}
		v.Items = append(v.Items, item)
	}
	return c.kernel.Render(w, http.StatusOK, v)
}

// change gives or withdraws one consent, with one button each way on the same page, as Korean law asks.
func (c *Consents) change(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckToken(); err != nil {
		return err
	}
	term, scope, give := r.PostForm.Get("term"), r.PostForm.Get("scope"), r.PostForm.Get("action") == "give"
	if !give && r.PostForm.Get("action") != "take" || (term != "") == (scope != "") || scope != "" && give {
		return problem.New(problem.RequestBad)
	}
	var err error
	notice := page.FlashConsentTaken
	if term != "" {
		err = c.decide(r, term, give, account.PlaceAccount)
	} else {
		err = c.service.RevokeScope(r.Context(), r.Principal, scope, r.Actor())
	}
	switch {
	case errors.Is(err, consent.ErrRequired):
		notice = page.FlashConsentKept
	case err != nil:
		return err
	case give:
		notice = page.FlashConsentGiven
		c.declines.remove(w, r.Request, r.Principal, ask{term: term}.marks())
	}
	return r.Done(w, c.kernel.Site.NoticeURL(consentsPath, string(notice)))
}
