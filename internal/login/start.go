package login

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// maxLoginHint bounds login_hint, in bytes: the longest e-mail address.
const maxLoginHint = 254

// StartRequest is an unverified request to start a sign-in.
type StartRequest struct {
	Provider string
	ReturnTo []string // every value that was sent: more than one is refused (RD-03)
	// Intent is set by callers in this program. Prompt, the public parameter, replaces it if it is not "": some of
	// select_account, login and create, or none alone, separated by commas or spaces.
	Intent   provider.Intent
	Prompt   string
	Hint     string
	Scope    string // "", or configured consent items, separated by commas or spaces
	Remember bool
	// Expect is the only user who may sign in; "" for any user.
	Expect account.ID
	// Purpose is what the attempt is for; zero for an ordinary sign-in. Detail belongs to it.
	Purpose Purpose
	Detail  string
	// SameBrowser is [provider.Request.SameBrowser], for a sign-in that came back without its attempt.
	SameBrowser bool
	// Held are the attempt cookies of the browser by the last part of their name.
	Held map[string]string
}

// Started is the redirect to the provider and the attempt cookie.
type Started struct {
	URL string
	// Name is the last part of the cookie's name, Sealed its value, CookieLife its Max-Age: 0, until the browser closes,
	// if the session is not to be remembered either, because a repeated callback returns the session (SE-20).
	Name, Sealed string
	CookieLife   time.Duration
	// Drop are attempt cookies to delete: too many, too old or invalid.
	Drop []string
}

// prompts are the words of the public prompt parameter. "create" has no intent and is passed on as it is.
var prompts = map[string]provider.Intent{
	"select_account": provider.ChooseAccount, "login": provider.Fresh, "none": provider.Silent, "create": provider.SignIn,
}

var promptWords = slices.Collect(maps.Keys(prompts))

// intentOf reads the words of a prompt parameter: the first decides the intent, the others are passed on.
func intentOf(words []string) (provider.Intent, []string) {
	if len(words) == 0 {
		return provider.SignIn, nil
	}
	if intent := prompts[words[0]]; intent != provider.SignIn {
		return intent, words[1:]
	}
	return provider.SignIn, words
}

// Start starts an attempt. It writes nothing to the store and makes no call.
//
// Errors are *problem.Error: not_found for an unknown provider; request.bad for an invalid parameter, or an intent
// that the provider cannot express.
func (f *Flow) Start(r StartRequest) (*Started, error) {
	route, ok := f.routes[r.Provider]
	if !ok {
		return nil, problem.Wrap(problem.NotFound, fmt.Errorf("no provider %q", r.Provider))
	}
	if len(r.ReturnTo) > 1 {
		return nil, problem.Wrap(problem.RequestBad, fmt.Errorf("%d return_to parameters", len(r.ReturnTo)))
	}
	prompt, err := promptOf(r.Prompt)
	if err != nil {
		return nil, err
	}
	intent, extra := r.Intent, []string(nil)
	if len(prompt) > 0 {
		intent, extra = intentOf(prompt)
	}
	scope, err := words("scope", r.Scope, route.Scopes)
	if err != nil {
		return nil, err
	}
	if len(r.Hint) > maxLoginHint || strings.ContainsFunc(r.Hint, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return nil, problem.Wrap(problem.RequestBad, fmt.Errorf("login_hint of %d bytes refused", len(r.Hint)))
	}
	if len(r.Detail) > maxDetail {
		return nil, problem.Wrap(problem.RequestBad, fmt.Errorf("detail of %d bytes refused", len(r.Detail)))
	}
	a, err := f.newAttempt(r, route)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err)
	}
	info, _ := f.providers.Info(r.Provider)
	url, err := route.Provider.AuthorizeURL(provider.Request{
		RedirectURI: a.RedirectURI, State: a.stateFor(info), Nonce: a.nonce(), Challenge: a.challenge(),
		Intent: intent, Extra: extra, LoginHint: r.Hint, Scope: scope, SameBrowser: r.SameBrowser,
	})
	switch {
	case errors.Is(err, provider.ErrIntent):
		return nil, problem.Wrap(problem.RequestBad, err)
	case errors.As(err, new(*provider.Error)): // the provider could not be asked where its pages are
		return nil, problem.FromProvider(err)
	case err != nil:
		return nil, problem.Wrap(problem.Internal, err)
	}
	s := &Started{URL: url, Name: a.name(), Sealed: a.sealed(f.attempts), CookieLife: a.cookieLife(Lifetime)}
	s.Drop = f.attemptsToDrop(r.Held, len(s.Sealed), a.StartedAt)
	return s, nil
}

func (f *Flow) newAttempt(r StartRequest, route Route) (*attempt, error) {
	a := &attempt{
		Provider: r.Provider, StartedAt: f.cfg.Now().UTC(), Remember: r.Remember, RedirectURI: route.RedirectURI,
		Expect: r.Expect, Purpose: r.Purpose, Detail: r.Detail,
	}
	raw := ""
	if len(r.ReturnTo) == 1 {
		raw = r.ReturnTo[0]
	}
	a.ReturnTo, _ = f.cfg.Returns.Clean(raw)
	for _, b := range [][]byte{a.State[:], a.Nonce[:], a.Verifier[:]} {
		if _, err := io.ReadFull(f.cfg.Random, b); err != nil {
			return nil, fmt.Errorf("login: random: %w", err)
		}
	}
	if r.SameBrowser {
		f.marks.mark(&a.State)
	}
	var err error
	a.Token, err = session.Mint(a.StartedAt, f.cfg.Random)
	return a, err
}

// promptOf splits the public prompt parameter. "none" stands alone: OpenID Connect Core 3.1.2.1 makes it an error with
// another word, whatever the provider would do with it.
func promptOf(text string) ([]string, error) {
	list, err := words("prompt", text, promptWords)
	if err == nil && len(list) > 1 && slices.Contains(list, "none") {
		return nil, problem.Wrap(problem.RequestBad, errors.New("prompt contains none and another word"))
	}
	return list, err
}

// words splits a list of allowed words, separated by commas or spaces.
func words(what, text string, allowed []string) ([]string, error) {
	list := strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' })
	for i, w := range list {
		if !slices.Contains(allowed, w) || slices.Contains(list[:i], w) {
			return nil, problem.Wrap(problem.RequestBad, fmt.Errorf("%s contains a word that is unknown or repeated", what))
		}
	}
	return list, nil
}

// attemptsToDrop returns the attempt cookies to delete before one of size bytes is added: invalid and expired ones,
// then the oldest until number and size fit.
func (f *Flow) attemptsToDrop(held map[string]string, size int, now time.Time) []string {
	type heldAttempt struct {
		name string
		at   time.Time
		size int
	}
	var drop []string
	var live []heldAttempt
	for name, value := range held {
		a, err := openAttempt(f.attempts, name, value)
		if err != nil || now.Sub(a.StartedAt) > Lifetime {
			drop = append(drop, name)
			continue
		}
		live = append(live, heldAttempt{name, a.StartedAt, len(value)})
		size += len(value)
	}
	slices.SortFunc(live, func(a, b heldAttempt) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.name, b.name))
	})
	for len(live) > 0 && (len(live) >= maxAttempts || size > maxSealed) {
		drop = append(drop, live[0].name)
		size -= live[0].size
		live = live[1:]
	}
	slices.Sort(drop)
	return drop
}
