package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
)

// ask is what the consent page asks for: consent items, or a term.
type ask struct {
	scopes  []string
	term    string
	feature string // key of the feature's name, "" for the service itself
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
	return q
}

// readAsk reads it back. It accepts only what is configured.
func (c *Consents) readAsk(q url.Values) (ask, error) {
	for _, name := range []string{"scope", "term", "feature", "again"} {
		if len(q[name]) > 1 {
			return ask{}, problem.Wrap(problem.RequestBad, errors.New("repeated parameter "+name))
		}
	}
	a := ask{term: q.Get("term"), feature: q.Get("feature")}
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
		if !c.service.CanRequest(scope) {
			return problem.Wrap(problem.RequestBad, fmt.Errorf("consent item %.64q is not among the configured scopes", scope))
		}
	}
	if _, ok := c.service.Term(a.term); a.term != "" && !ok {
		return problem.Wrap(problem.RequestBad, fmt.Errorf("term %.64q is not in NORANG_TERMS", a.term))
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
