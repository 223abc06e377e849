package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// ask is what the consent page asks for: consent items, or a term.
type ask struct {
	scopes  []string
	term    string
	feature string // key of the feature's name, "" for the service itself
	again   bool   // also if the user has declined in this session
}

// marks name what was asked, in the cookie of declined consents.
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

// query writes an ask into a URL.
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
	if a.again {
		q.Set("again", "1")
	}
	return q
}

// OnArrival returns where a user who has signed in goes: to returnTo, or first to the required terms that they were
// never asked, as after an import.
func (c *Consents) OnArrival(p *session.Principal, returnTo string) string {
	if _, lacking := c.service.NextRequired(p, func(string) bool { return false }); !lacking {
		return returnTo
	}
	if to, ok := c.kernel.Returns.Clean(c.requiredURL(returnTo)); ok {
		return to
	}
	return returnTo // too long to come back to
}

func (c *Consents) requiredURL(returnTo string) string {
	return web.WithQuery(c.kernel.Site.Path("consent/required"), url.Values{"return_to": {returnTo}})
}

// required asks for the required terms one after the other. What the user declines is not asked again before the next
// sign-in.
func (c *Consents) required(w http.ResponseWriter, r *web.Request) error {
	returnTo := r.ReturnTo(r.Query())
	t, lacking := c.service.NextRequired(r.Principal, func(tag string) bool {
		return c.declines.has(r.Request, r.Principal, ask{term: tag})
	})
	if !lacking {
		return web.Redirect(w, returnTo)
	}
	return web.Redirect(w, c.url(ask{term: t.Tag}, c.requiredURL(returnTo)))
}

// readAsk is the inverse of [ask.query]. It accepts only what is configured.
func (c *Consents) readAsk(q url.Values) (ask, error) {
	for _, name := range []string{"scope", "term", "feature", "again"} {
		if len(q[name]) > 1 {
			return ask{}, problem.Wrap(problem.RequestBad, errors.New("repeated parameter "+name))
		}
	}
	a := ask{term: q.Get("term"), feature: q.Get("feature"), again: q.Get("again") == "1"}
	if c.features.text(a.feature, i18n.Ko) == "" {
		a.feature = "" // not a key of this process
	}
	a.scopes = strings.FieldsFunc(q.Get("scope"), func(c rune) bool { return c == ',' || c == ' ' })
	slices.Sort(a.scopes)
	a.scopes = slices.Compact(a.scopes)
	if (len(a.scopes) > 0) == (a.term != "") {
		return ask{}, problem.Wrap(problem.RequestBad, errors.New("want one of scope and term"))
	}
	return a, c.checkAsk(a)
}

func (c *Consents) checkAsk(a ask) error {
	for _, scope := range a.scopes {
		if !c.service.Requestable(scope) {
			return problem.Wrap(problem.RequestBad, fmt.Errorf("consent item %.64q is not among the configured scopes", scope))
		}
	}
	if _, ok := c.service.Term(a.term); a.term != "" && !ok {
		return problem.Wrap(problem.RequestBad, fmt.Errorf("term %.64q is not configured", a.term))
	}
	return nil
}

// features are the names of the app's features that need a consent. The page finds them by key, so that no URL
// decides what a page says.
type features struct {
	mu    sync.RWMutex
	names map[string]i18n.Text
}

// add stores a name and returns its key; "" for an empty name.
func (f *features) add(name i18n.Text) string {
	if name == (i18n.Text{}) {
		return ""
	}
	sum := sha256.Sum256([]byte(name.Ko + "\x00" + name.En))
	key := hex.EncodeToString(sum[:6])
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.names == nil {
		f.names = map[string]i18n.Text{}
	}
	f.names[key] = name
	return key
}

// text finds a name; "" if there is none.
func (f *features) text(key string, l i18n.Lang) string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.names[key].In(l)
}
