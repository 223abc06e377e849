package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// Consent is one thing that a feature needs a member's consent to: a consent item at Kakao, or a term of the operator's.
type Consent struct {
	// Scope is a consent item, such as "birthday"; it must be in Kakao.Scopes.
	Scope string
	// Term is the tag of a term in Config.Terms. Exactly one of Scope and Term is set.
	Term string
	// FeatureKo and FeatureEn name what needs it, as the page says it: "생일 쿠폰", "Birthday coupons". One may be empty and
	// the other then stands for both; with neither it is the service itself.
	FeatureKo, FeatureEn string
}

// ask is what the page asks for: items, or a term.
type ask struct {
	scopes  []string
	term    string
	feature string // the key of its words, "" for the service
}

// marks are the names of what is asked, as they are remembered when somebody says no.
func (a ask) marks() []string {
	if a.term != "" {
		return []string{"t:" + a.term}
	}
	marks := make([]string, len(a.scopes))
	for i, s := range a.scopes {
		marks[i] = "s:" + s
	}
	return marks
}

// query writes an ask into an address.
func (a ask) query() url.Values {
	q := url.Values{}
	if a.term != "" {
		q.Set("term", a.term)
	} else {
		q.Set("scope", strings.Join(a.scopes, ","))
	}
	if a.feature != "" {
		q.Set("feature", a.feature)
	}
	return q
}

// readAsk reads it back. It names only what is configured: whatever else an address says is nobody's to ask for.
func (s *Server) readAsk(q url.Values) (ask, error) {
	for _, name := range []string{"scope", "term", "feature", "again"} {
		if len(q[name]) > 1 {
			return ask{}, problem.Wrap(problem.RequestBad, errors.New("parameter "+name+" stands twice"))
		}
	}
	a := ask{term: q.Get("term"), feature: q.Get("feature")}
	if s.feature(a.feature, i18n.Ko) == "" {
		a.feature = "" // another program's key, or a stranger's words
	}
	a.scopes = strings.FieldsFunc(q.Get("scope"), func(c rune) bool { return c == ',' || c == ' ' })
	slices.Sort(a.scopes)
	a.scopes = slices.Compact(a.scopes)
	if (len(a.scopes) > 0) == (a.term != "") {
		return ask{}, problem.Wrap(problem.RequestBad, errors.New("want one of scope and term"))
	}
	return a, s.checkAsk(a)
}

func (s *Server) checkAsk(a ask) error {
	for _, scope := range a.scopes {
		if !s.consents.CanRequest(scope) {
			return problem.Wrap(problem.RequestBad, fmt.Errorf("consent item %.64q is not in KAKAO_SCOPES", scope))
		}
	}
	if _, ok := s.consents.Term(a.term); a.term != "" && !ok {
		return problem.Wrap(problem.RequestBad, fmt.Errorf("term %.64q is not in NORANG_TERMS", a.term))
	}
	return nil
}

// lacks leaves of an ask what the person has not agreed to; false if nothing is left.
func (s *Server) lacks(p *session.Principal, a ask) (ask, bool) {
	if a.term != "" {
		return a, !s.consents.HasTerm(p, a.term)
	}
	a.scopes = s.consents.MissingScopes(p, a.scopes)
	return a, len(a.scopes) > 0
}

// consentURL is the page that asks.
func (s *Server) consentURL(a ask, returnTo string, again bool) string {
	q := a.query()
	q.Set("return_to", returnTo)
	if again {
		q.Set("again", "1")
	}
	return withQuery(s.prefix+"/consent", q)
}

// consentForm asks for one thing more. Whoever has it already, or said no to it in this session, is sent straight back:
// an app that always sends people here never keeps them (PV-01). again=1 asks once more, for a person's own click.
func (s *Server) consentForm(w http.ResponseWriter, r *request) error {
	q := r.query()
	a, err := s.readAsk(q)
	if err != nil {
		return err
	}
	returnTo := s.returnTo(q)
	left, lacking := s.lacks(r.who, a)
	if lacking && a.term == "" && s.consents.LoadScopes(r.Context(), r.who) {
		p, err := s.lookup(r.Request, r.token)
		if err != nil {
			return lookupProblem(err)
		}
		r.who = p
		left, lacking = s.lacks(p, a)
	}
	switch {
	case !lacking:
		redirect(w, s.marked(returnTo, false))
		return nil
	case q.Get("again") != "1" && s.declined(r.Request, r.who, left):
		redirect(w, s.marked(returnTo, true))
		return nil
	}
	v := &page.Consent{Frame: s.frame(r, s.formToken(r.token)), Feature: s.feature(left.feature, r.lang), ReturnTo: returnTo}
	v.Path = s.consentURL(left, returnTo, q.Get("again") == "1")
	if left.term != "" {
		t, _ := s.consents.Term(left.term)
		v.Term = &page.JoinTerm{Tag: t.Tag, Version: t.Version, Title: t.Title(string(r.lang)), URL: t.URL, Required: t.Required, Marketing: t.Marketing}
	} else {
		v.Items, v.Scope, v.StartURL = left.scopes, strings.Join(left.scopes, ","), s.consentStartURL(left.scopes, returnTo)
	}
	return s.render(w, http.StatusOK, v)
}

// lookupProblem: the session that was there a moment ago is not, or cannot be read.
func lookupProblem(err error) error {
	if errors.Is(err, session.ErrNone) {
		return problem.Wrap(problem.SessionNone, err)
	}
	return err
}

func (s *Server) consentStartURL(scopes []string, returnTo string) string {
	return withQuery(s.prefix+"/consent/start", url.Values{"scope": {strings.Join(scopes, ",")}, "return_to": {returnTo}})
}

// consentAnswer takes the form: yes to a term, or "later" to either.
func (s *Server) consentAnswer(w http.ResponseWriter, r *request) error {
	if err := s.checkToken(r); err != nil {
		return err
	}
	a, err := s.readAsk(r.PostForm)
	if err != nil {
		return err
	}
	returnTo := s.returnTo(r.PostForm)
	switch r.PostForm.Get("action") {
	case "later":
		s.decline(w, r.Request, r.who, a.marks())
		redirect(w, s.marked(returnTo, true))
		return nil
	case "agree":
		if a.term == "" {
			return problem.Wrap(problem.RequestBad, errors.New("consent items are agreed to at the provider"))
		}
		if err := s.decide(r, a.term, true, account.PlaceConsent); err != nil {
			return err
		}
		s.undecline(w, r.Request, r.who, a.marks())
		redirect(w, s.marked(returnTo, false))
		return nil
	}
	return problem.New(problem.RequestBad)
}

func (s *Server) decide(r *request, tag string, agree bool, place string) error {
	err := s.consents.Decide(r.Context(), r.who, tag, r.PostForm.Get("version"), agree, place, s.from(r))
	if errors.Is(err, session.ErrNone) {
		return problem.Wrap(problem.SessionNone, err)
	}
	return err
}

// consentStart sends the person to the provider for just these items. A link, as for every way to the provider, whose own
// hosts our policy for forms does not name. Another account that answers is refused.
func (s *Server) consentStart(w http.ResponseWriter, r *request) error {
	if !navigates(r.Request) {
		return &problem.Error{Code: problem.LoginNavigate, Err: errors.New("login fetched by a script"), Location: r.URL.RequestURI()}
	}
	a, err := s.readAsk(r.query())
	if err != nil {
		return err
	}
	if a.term != "" {
		return problem.Wrap(problem.RequestBad, errors.New("terms are ours to ask"))
	}
	left, lacking := s.lacks(r.who, a)
	if !lacking {
		redirect(w, s.returnTo(r.query()))
		return nil
	}
	started, err := s.flow.Start(login.StartRequest{
		Provider: r.who.Identity.Provider, ReturnTo: []string{s.returnTo(r.query())}, Scope: strings.Join(left.scopes, ","),
		OpenID: r.who.Identity.Scopes.OpenID(), Purpose: login.Consent, Intent: provider.AskConsent, Detail: strings.Join(left.scopes, " "),
		Remember: r.who.Session.Remember, Expect: r.who.User.ID, Held: s.cookies.held(r.Request),
	})
	if err != nil {
		return err
	}
	s.setAttempt(w, started)
	s.metrics.LoginStarted()
	redirect(w, started.URL)
	return nil
}

// consented ends a round for consent that the provider answered: back to where the person was, with what they said.
func (s *Server) consented(w http.ResponseWriter, r *request, done login.Finished) {
	a := ask{scopes: strings.Fields(done.Detail)}
	left, lacking := s.lacks(done.Principal, a)
	if lacking {
		s.decline(w, r.Request, done.Principal, left.marks())
	} else {
		s.undecline(w, r.Request, done.Principal, a.marks())
	}
	redirect(w, s.marked(done.ReturnTo, lacking))
}

// notConsented ends a round that the person cancelled there. Their session is what it was.
func (s *Server) notConsented(w http.ResponseWriter, r *request, done login.Finished) error {
	p, err := s.principal(w, r)
	if err != nil {
		return err
	}
	if p != nil {
		s.decline(w, r.Request, p, ask{scopes: strings.Fields(done.Detail)}.marks())
	}
	redirect(w, s.marked(done.ReturnTo, true))
	return nil
}

// declinedParam tells an app that the person said no: without it, an app that sends everybody here who lacks a consent
// would send them for ever.
const declinedParam = "norang_consent"

// marked adds or removes the parameter in a judged return address.
func (s *Server) marked(returnTo string, declined bool) string {
	u, err := url.Parse(returnTo)
	if err != nil {
		return returnTo
	}
	parts := slices.DeleteFunc(strings.Split(u.RawQuery, "&"), func(p string) bool {
		name, _, _ := strings.Cut(p, "=")
		return p == "" || name == declinedParam
	})
	if declined {
		parts = append(parts, declinedParam+"=declined")
	}
	u.RawQuery, u.ForceQuery = strings.Join(parts, "&"), false
	if to, ok := s.judge.Clean(u.String()); ok {
		return to
	}
	return returnTo // too long with the parameter
}

// maxMarks bounds what a browser remembers of somebody's noes.
const maxMarks = 32

// declines reads what a person said no to in this session. It lives in their browser, sealed and bound to them, and ends
// with the session's cookie.
func (s *Server) declines(r *http.Request, p *session.Principal) []string {
	plain, err := s.noes.Open(s.cookies.one(r, s.cookies.declined()), string(p.User.ID))
	if err != nil {
		return nil
	}
	return strings.Fields(string(plain))
}

// declined reports whether they said no to all of an ask.
func (s *Server) declined(r *http.Request, p *session.Principal, a ask) bool {
	said := s.declines(r, p)
	for _, m := range a.marks() {
		if !slices.Contains(said, m) {
			return false
		}
	}
	return true
}

func (s *Server) decline(w http.ResponseWriter, r *http.Request, p *session.Principal, marks []string) {
	said := append(slices.DeleteFunc(s.declines(r, p), func(m string) bool { return slices.Contains(marks, m) }), marks...)
	s.setDeclines(w, p, said[max(0, len(said)-maxMarks):])
}

func (s *Server) setDeclines(w http.ResponseWriter, p *session.Principal, said []string) {
	life := p.Session.ExpiresAt.Sub(s.now())
	if !p.Session.Remember || life < 0 {
		life = 0
	}
	s.cookies.set(w, s.cookies.declined(), s.noes.Seal([]byte(strings.Join(said, " ")), string(p.User.ID)), life)
}

// undecline forgets a no that became a yes.
func (s *Server) undecline(w http.ResponseWriter, r *http.Request, p *session.Principal, marks []string) {
	said := s.declines(r, p)
	left := slices.DeleteFunc(slices.Clone(said), func(m string) bool { return slices.Contains(marks, m) })
	switch {
	case len(left) == len(said):
	case len(left) == 0:
		s.cookies.drop(w, s.cookies.declined())
	default:
		s.setDeclines(w, p, left)
	}
}

// addFeature remembers the words of a feature and gives the key by which the page finds them: no address ever says what our
// pages say.
func (s *Server) addFeature(ko, en string) string {
	if ko == "" && en == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(ko + "\x00" + en))
	key := hex.EncodeToString(sum[:6])
	for {
		old := s.features.Load()
		next := map[string][2]string{}
		if old != nil {
			next = maps.Clone(*old)
		}
		next[key] = [2]string{ko, en}
		if s.features.CompareAndSwap(old, &next) {
			return key
		}
	}
}

// feature finds the words in a language, "" if there are none.
func (s *Server) feature(key string, l i18n.Lang) string {
	all := s.features.Load()
	if all == nil {
		return ""
	}
	words := (*all)[key]
	if l == i18n.En && words[1] != "" || words[0] == "" {
		return words[1]
	}
	return words[0]
}

// RequireConsent lets active members through to next who have agreed to c, or have been asked for it in this session and
// said no; HasConsent tells the two apart. Everybody else is asked first: a person who is navigating is taken to a page that
// asks for just that and brings them back, a program gets a problem body with the page's address.
//
// It panics, as http.ServeMux does, if c names nothing that is configured: a feature behind it could never be reached.
func (s *Server) RequireConsent(next http.Handler, c Consent) http.Handler {
	a := ask{term: c.Term, feature: s.addFeature(c.FeatureKo, c.FeatureEn)}
	if c.Scope != "" {
		a.scopes = []string{c.Scope}
	}
	if (c.Scope != "") == (c.Term != "") {
		panic("norang: RequireConsent: set one of Scope and Term")
	}
	if err := s.checkAsk(a); err != nil {
		panic("norang: RequireConsent: " + err.Error())
	}
	return s.Require(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		p, _ := PrincipalFrom(hr.Context())
		if _, lacking := s.lacks(p, a); !lacking || s.declined(hr, p, a) {
			next.ServeHTTP(w, hr)
			return
		}
		s.turnAway(w, hr, func(r *request) error {
			return &problem.Error{Code: problem.ConsentRequired, Location: s.consentURL(a, s.back(r), false)}
		})
	}))
}

// HasConsent reports whether a member has agreed to c.
func (s *Server) HasConsent(p *session.Principal, c Consent) bool {
	if (c.Scope != "") == (c.Term != "") {
		return false
	}
	if c.Term != "" {
		return s.consents.HasTerm(p, c.Term)
	}
	return p.Identity.Scopes.Has(c.Scope)
}

// consentNeeded is the error of a call that a provider refused for want of consents; package kakao has one.
type consentNeeded interface {
	error
	// Missing are the consent items.
	Missing() []string
}

// AskConsent answers a request that failed because Kakao wants consents that the person has not given (-402): they are
// asked for just these, once in a session; whoever said no gets a page that says what is missing. It does nothing and
// returns false if err is anything else.
func (s *Server) AskConsent(w http.ResponseWriter, hr *http.Request, err error) bool {
	var need consentNeeded
	if !errors.As(err, &need) || len(need.Missing()) == 0 {
		return false
	}
	s.turnAway(w, hr, func(r *request) error {
		p, ok := PrincipalFrom(hr.Context())
		if !ok {
			return problem.New(problem.SessionNone)
		}
		a := ask{scopes: need.Missing()}
		if fault := s.checkAsk(a); fault != nil {
			// Kakao's own page would end the way there (KOE205): the operator has to name the item first.
			return problem.Wrap(problem.KakaoRejected, errors.Join(err, fault))
		}
		if s.declined(hr, p, a) {
			return &problem.Error{Code: problem.ConsentDeclined, Err: err, Location: s.consentURL(a, s.back(r), true)}
		}
		return &problem.Error{Code: problem.ConsentRequired, Err: err, Location: s.consentURL(a, s.back(r), false)}
	})
	return true
}
