package profile

import (
	"errors"
	"net/http"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/web"
)

const consentsPath = "account/consents"

// list shows what the user agreed to: which version, when and where.
func (c *Consents) list(w http.ResponseWriter, r *web.Request) error {
	further, err := c.further(r)
	if err != nil {
		return err
	}
	all, err := c.service.Overview(r.Context(), r.Principal, further...)
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
	v.Items = c.itemStates(all.Items)
	for _, f := range all.Further {
		v.Further = append(v.Further, page.FurtherItems{
			Identity: f.Identity.ID, Provider: f.Identity.Provider, Name: f.Identity.Profile.Nickname,
			Items: c.itemStates(f.Items), Away: f.Unavailable,
		})
	}
	return c.kernel.Render(w, http.StatusOK, v)
}

func (c *Consents) itemStates(items []consent.ItemState) (all []page.ItemState) {
	for _, it := range items {
		item := page.ItemState{
			ID: it.ID, Name: it.Name, Revocable: it.Revocable, Required: it.Required,
			Agreed: page.Agreed{Yes: it.Agreed, At: it.At, Place: it.Place},
		}
		if it.CanRequest {
			item.AskURL = c.startURL([]string{it.ID}, c.kernel.Site.Path(consentsPath))
		}
		all = append(all, item)
	}
	return all
}

// further are the user's identities besides that of the session.
func (c *Consents) further(r *web.Request) ([]account.Identity, error) {
	all, err := c.links.Identities(r.Context(), r.Principal.User.ID)
	return slices.DeleteFunc(all, func(i account.Identity) bool { return i.ID == r.Principal.Identity.ID }), err
}

// revoke revokes a consent item at the identity that the form names, which is that of the session by default. An
// identity of another user is not found (SE-11).
func (c *Consents) revoke(r *web.Request, scope string) error {
	p := *r.Principal
	if id := r.PostForm.Get("identity"); id != "" && id != p.Identity.ID {
		further, err := c.further(r)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(further, func(i account.Identity) bool { return i.ID == id })
		if i < 0 {
			return problem.New(problem.NotFound)
		}
		p.Identity = further[i]
	}
	return c.service.RevokeScope(r.Context(), &p, scope, r.Actor())
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
		err = c.revoke(r, scope)
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
