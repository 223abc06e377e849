package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

func (s *Server) consentsURL(n page.Flash) string {
	q := url.Values{}
	if n != page.FlashNone {
		q.Set("notice", string(n))
	}
	return withQuery(s.prefix+"/account/consents", q)
}

// listConsents shows a member all that they agreed to: what, which version, when and where.
func (s *Server) listConsents(w http.ResponseWriter, r *request) error {
	all, err := s.consents.Overview(r.Context(), r.who)
	if err != nil {
		return err
	}
	v := &page.Consents{Frame: s.frame(r, s.formToken(r.token)), Now: s.now(), Away: all.ItemsUnavailable}
	if all.Age != nil {
		v.Adult = &page.Agreed{Yes: all.Age.Agreed, At: all.Age.At, Place: all.Age.Place}
	}
	for _, t := range all.Terms {
		_, asked := s.consents.Term(t.Tag)
		v.Terms = append(v.Terms, page.TermState{
			JoinTerm: page.JoinTerm{Tag: t.Tag, Version: t.Term.Version, Title: t.Title(string(r.lang)), URL: t.URL, Required: t.Required, Marketing: t.Marketing},
			Agreed:   page.Agreed{Yes: t.Agreed, At: t.At, Place: t.Place}, Accepted: t.Version, Asked: asked,
		})
	}
	for _, it := range all.Items {
		item := page.ItemState{ID: it.ID, Name: it.Name, Agreed: page.Agreed{Yes: it.Agreed, At: it.At, Place: it.Place}, Revocable: it.Revocable}
		if it.CanRequest {
			item.AskURL = s.consentStartURL([]string{it.ID}, s.consentsURL(page.FlashNone))
		}
		v.Items = append(v.Items, item)
	}
	return s.render(w, http.StatusOK, v)
}

// changeConsents gives or takes back one thing: in the same place, with one button either way (korea.md 9).
func (s *Server) changeConsents(w http.ResponseWriter, r *request) error {
	if err := s.checkToken(r); err != nil {
		return err
	}
	term, scope, give := r.PostForm.Get("term"), r.PostForm.Get("scope"), r.PostForm.Get("action") == "give"
	if !give && r.PostForm.Get("action") != "take" || (term != "") == (scope != "") || scope != "" && give {
		return problem.New(problem.RequestBad)
	}
	var err error
	notice := page.FlashConsentTaken
	if term != "" {
		err = s.decide(r, term, give, account.PlaceAccount)
	} else {
		err = s.consents.RevokeScope(r.Context(), r.who, scope, s.from(r))
	}
	switch {
	case errors.Is(err, consent.ErrRequired):
		notice = page.FlashConsentKept
	case errors.Is(err, session.ErrNone):
		return problem.Wrap(problem.SessionNone, err)
	case err != nil:
		return err
	case give:
		notice = page.FlashConsentGiven
		s.undecline(w, r.Request, r.who, ask{term: term}.marks())
	}
	return s.done(w, r, s.consentsURL(notice))
}
