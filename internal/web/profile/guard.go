package profile

import (
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// Need is a consent that an app's feature needs: a consent item at the provider, or a term of the operator.
type Need struct {
	// Scope is a consent item, such as "birthday"; it must be configured.
	Scope string
	// Term is the tag of a term in Config.Terms. Exactly one of Scope and Term is set.
	Term string
	// FeatureKo and FeatureEn name the feature on the page: "생일 쿠폰", "Birthday coupons". If one is empty, the
	// other serves for both; if both are, the page names the service.
	FeatureKo, FeatureEn string
}

// Require lets active users through to next who agreed to n, or were asked for it in this session and declined; Has
// tells the two apart. All others are asked first: a navigating user on a page that brings them back, a program by a
// problem body with the page's address.
//
// It panics, as http.ServeMux does, if n names nothing that is configured.
func (c *Consents) Require(next http.Handler, n Need) http.Handler {
	a := ask{term: n.Term, feature: c.features.add(i18n.Text{Ko: n.FeatureKo, En: n.FeatureEn})}
	if n.Scope != "" {
		a.scopes = []string{n.Scope}
	}
	if (n.Scope != "") == (n.Term != "") {
		panic("norang: RequireConsent: set one of Scope and Term")
	}
	if err := c.checkAsk(a); err != nil {
		panic("norang: RequireConsent: " + err.Error())
	}
	return c.require(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		p, _ := web.PrincipalFrom(hr.Context())
		if left, lacking := c.lacks(p, a); !lacking || c.declines.has(hr, p, a) || c.elsewhere(p, left) {
			next.ServeHTTP(w, hr)
			return
		}
		c.kernel.Refuse(w, hr, func(r *web.Request) error {
			return &problem.Error{Code: problem.ConsentRequired, Location: c.url(a, r.Back())}
		})
	}))
}

// Has reports whether a user has agreed to n.
func (c *Consents) Has(p *session.Principal, n Need) bool {
	if (n.Scope != "") == (n.Term != "") {
		return false
	}
	if n.Term != "" {
		return c.service.HasTerm(p, n.Term)
	}
	return p.Identity.Scopes.Has(n.Scope)
}

// missing is the error of a call that a provider refused for want of consents.
type missing interface {
	error
	// Missing are the consent items.
	Missing() []string
}

// Ask answers an app's request that failed because the provider wants consents that the user has not given. The user
// is asked for them once in a session; after declining, a page says what is missing. For every other err it does
// nothing and returns false.
func (c *Consents) Ask(w http.ResponseWriter, hr *http.Request, err error) bool {
	var need missing
	if !errors.As(err, &need) || len(need.Missing()) == 0 {
		return false
	}
	c.kernel.Refuse(w, hr, func(r *web.Request) error {
		p, ok := web.PrincipalFrom(hr.Context())
		if !ok { // no guard; the sign-in page would send a user who is signed in back here, in a loop
			var err error
			if p, err = web.ActiveUser(c.kernel, hr); err != nil {
				return err
			}
		}
		a := ask{scopes: need.Missing()}
		if unknown := c.checkAsk(a); unknown != nil {
			// The provider's page would fail as well: the operator has to configure the item first.
			return problem.At(p.Identity.Provider, problem.ProviderRejected, errors.Join(err, unknown))
		}
		if c.declines.has(hr, p, a) || c.elsewhere(p, a) {
			a.again = true
			return &problem.Error{Code: problem.ConsentDeclined, Err: err, Location: c.url(a, r.Back())}
		}
		return &problem.Error{Code: problem.ConsentRequired, Err: err, Location: c.url(a, r.Back())}
	})
	return true
}
