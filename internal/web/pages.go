package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// render writes a page. It is rendered whole before the first byte goes out: half a page never does.
func (s *Server) render(w http.ResponseWriter, status int, v page.View) error {
	var b bytes.Buffer
	if err := s.pages.Render(&b, v); err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader went away: nobody is left to tell
	return nil
}

// frame is what every page has. csrf is "" on pages without a form that changes something.
func (s *Server) frame(r *request, csrf string) page.Frame {
	f := page.Frame{Lang: r.lang, CSRF: csrf, RequestID: r.id}
	if r.Method == http.MethodGet && r.kind == document {
		f.Path = r.URL.RequestURI()
		f.Flash = page.ParseFlash(r.query().Get("notice"))
	} else if r.returnTo != "" {
		f.Path = s.signInURL(r.returnTo, "") // the other language is read where the next try begins
	}
	return f
}

// home is the front page where norang stands alone.
func (s *Server) home(w http.ResponseWriter, r *request) error {
	p, err := s.principal(w, r)
	if err != nil {
		return err
	}
	v := &page.Home{Frame: s.frame(r, ""), LastUsed: s.usedBefore(r)}
	if p != nil && p.User.Status == account.Pending {
		redirect(w, s.prefix+"/join")
		return nil
	}
	if p != nil {
		v.CSRF = s.formToken(r.token)
		v.SignedIn = page.WhoOf(p)
	}
	return s.render(w, http.StatusOK, v)
}

// signIn is the page with the button.
func (s *Server) signIn(w http.ResponseWriter, r *request) error {
	returnTo := s.returnTo(r.query())
	p, err := s.principal(w, r)
	if err != nil {
		return err
	}
	if p != nil {
		switch p.User.Status {
		case account.Active:
			redirect(w, returnTo)
			return nil
		case account.Pending:
			redirect(w, s.joinURL(returnTo))
			return nil
		}
	}
	if p == nil && s.signsInSilently(w, r, returnTo) {
		return nil
	}
	return s.render(w, http.StatusOK, &page.SignIn{Frame: s.frame(r, ""), ReturnTo: returnTo, Remember: true, LastUsed: s.usedBefore(r)})
}

// usedBefore reports whether this browser signed in here before. Only a provider that there is counts.
func (s *Server) usedBefore(r *request) bool {
	_, ok := s.providers.Get(s.cookies.one(r.Request, s.cookies.last()))
	return ok
}

// returnTo is the judged return address of a query or form; two of them are none.
func (s *Server) returnTo(q url.Values) string {
	raw := q["return_to"]
	if len(raw) != 1 {
		raw = []string{""}
	}
	to, _ := s.judge.Clean(raw[0])
	return to
}

func (s *Server) joinURL(returnTo string) string {
	return withQuery(s.prefix+"/join", url.Values{"return_to": {returnTo}})
}

// joinForm asks a new person what has to be asked before they are a member.
func (s *Server) joinForm(w http.ResponseWriter, r *request) error {
	returnTo := s.returnTo(r.query())
	if r.who.User.Status != account.Pending {
		redirect(w, returnTo) // joined already, in another tab perhaps
		return nil
	}
	return s.render(w, http.StatusOK, s.joinPage(r, returnTo, nil))
}

func (s *Server) joinPage(r *request, returnTo string, missing *join.Incomplete) *page.Join {
	if missing == nil {
		missing = &join.Incomplete{}
	}
	v := &page.Join{
		Frame: s.frame(r, s.formToken(r.token)), ReturnTo: returnTo, AgeChecked: r.PostForm.Has("age"), AgeMissing: missing.Age,
		AgeOptional: s.members.AgeOptional(),
	}
	v.Path = s.joinURL(returnTo)
	told := s.members.OpenClaims(s.cookies.one(r.Request, s.cookies.join()), r.token.Key())
	if told != nil {
		v.Who = page.Who{Name: told.Profile.Nickname, Picture: told.Profile.Picture}
	}
	askAge, terms := s.members.Ask(told)
	v.AskAge = askAge
	for _, t := range terms {
		v.Terms = append(v.Terms, page.JoinTerm{
			Tag: t.Tag, Version: t.Version, Title: t.Title(string(r.lang)), URL: t.URL, Required: t.Required,
			Marketing: t.Marketing, Checked: r.PostForm.Has("term." + t.Tag), Missing: slices.Contains(missing.Tags, t.Tag),
		})
	}
	return v
}

// join takes the form: the person becomes a member, with a new session, and goes back to where they wanted to be.
func (s *Server) join(w http.ResponseWriter, r *request) error {
	if err := s.checkToken(r); err != nil {
		return err
	}
	returnTo := s.returnTo(r.PostForm)
	if r.PostForm.Get("action") == "cancel" {
		return s.declineJoin(w, r, returnTo)
	}
	var agreed []string
	for _, t := range s.members.Terms() {
		// The version that stood on the page is the one that was agreed to: a form of yesterday's terms agrees to nothing.
		if r.PostForm.Get("term."+t.Tag) == t.Version {
			agreed = append(agreed, t.Tag)
		}
	}
	joined, err := s.members.Join(r.Context(), join.Request{
		Session: r.who.Session, Key: r.who.Identity.Key, Adult: r.PostForm.Has("age"), Agreed: agreed, Lang: string(r.lang),
		Claims: s.cookies.one(r.Request, s.cookies.join()), Client: s.from(r),
	})
	var missing *join.Incomplete
	if errors.As(err, &missing) {
		return s.render(w, http.StatusUnprocessableEntity, s.joinPage(r, returnTo, missing))
	}
	return s.joined(w, r, joined, err, returnTo)
}

// declineJoin forgets a person who does not want to join; nothing of them was kept.
func (s *Server) declineJoin(w http.ResponseWriter, r *request, returnTo string) error {
	err := s.members.Decline(r.Context(), r.who.Session.Key, s.from(r))
	if err != nil && !errors.Is(err, join.ErrNotPending) {
		return err
	}
	if err == nil {
		s.cookies.drop(w, s.cookies.session)
		s.cookies.drop(w, s.cookies.join())
	}
	redirect(w, s.signInURL(returnTo, "not_joined"))
	return nil
}

// account shows a member what is known of them here.
func (s *Server) account(w http.ResponseWriter, r *request) error {
	v := page.AccountOf(s.frame(r, s.formToken(r.token)), r.who)
	return s.render(w, http.StatusOK, &v)
}
