package kakao

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

var (
	_ provider.Consenter   = (*Provider)(nil)
	_ provider.TermRevoker = (*Provider)(nil)
)

// ConsentItems asks with the admin key, which needs no token of the user.
func (k *Provider) ConsentItems(ctx context.Context, key account.Key) ([]provider.ConsentItem, error) {
	id, fault := k.userID(key)
	if fault != nil {
		return nil, fault
	}
	list, err := k.client.ScopesAsAdmin(ctx, id)
	if err != nil {
		return nil, consentFailure(err)
	}
	return items(list), nil
}

// RevokeConsent revokes items with the admin key.
func (k *Provider) RevokeConsent(ctx context.Context, key account.Key, ids ...string) ([]provider.ConsentItem, error) {
	id, fault := k.userID(key)
	if fault != nil {
		return nil, fault
	}
	list, err := k.client.RevokeScopesAsAdmin(ctx, id, ids...)
	if err != nil {
		return nil, consentFailure(err)
	}
	return items(list), nil
}

// RevokeTerm tells Kakao Sync, with the admin key.
func (k *Provider) RevokeTerm(ctx context.Context, key account.Key, tag string) error {
	id, fault := k.userID(key)
	if fault != nil {
		return fault
	}
	_, err := k.client.RevokeServiceTermsAsAdmin(ctx, id, tag)
	if err == nil || errors.Is(err, kakao.ErrNotLinked) {
		return nil
	}
	return consentFailure(err)
}

// userID returns the user number of an identity of this app. The same number in another app is another user.
func (k *Provider) userID(key account.Key) (int64, *provider.Error) {
	if key.Provider != Name || key.Namespace != k.app {
		err := fmt.Errorf("identity belongs to app %s, KAKAO_APP_ID is %s", key.Namespace, k.app)
		return 0, newError(provider.Misconfigured, err)
	}
	id, err := strconv.ParseInt(key.Subject, 10, 64)
	if err != nil {
		return 0, newError(provider.Misconfigured, fmt.Errorf("subject %q is not a number", key.Subject))
	}
	return id, nil
}

func consentFailure(err error) *provider.Error {
	e := failure(err)
	switch {
	case errors.Is(err, kakao.ErrInvalidInput): // no admin key
		e.Kind = provider.Misconfigured
	case e.Code == "-3":
		e.Kind = provider.Required
	}
	return e
}

func items(list *kakao.Scopes) []provider.ConsentItem {
	var all []provider.ConsentItem
	for _, s := range list.Scopes {
		agreed := s.Agreed == kakao.Yes
		all = append(all, provider.ConsentItem{
			ID: s.ID, Name: s.DisplayName, Agreed: agreed, Revocable: agreed && s.Revocable == kakao.Yes,
			Required: agreed && s.Revocable == kakao.No,
		})
	}
	return all
}

// scopes returns the consents after an exchange; nil if Kakao does not say, as it often does not. With ask, after a
// round trip for consent, they are requested.
func (k *Provider) scopes(ctx context.Context, t *kakao.Token, ask bool) (*account.Scopes, error) {
	if t.Scope != nil {
		s := account.NewScopes(t.Scope)
		return &s, nil
	}
	if !ask {
		return nil, nil
	}
	list, err := k.client.Scopes(ctx, t.AccessToken)
	if err != nil {
		return nil, err
	}
	s := provider.Granted(items(list))
	return &s, nil
}

// terms returns the answers to the service's terms at Kakao Sync. Declined terms are included, so that they are not
// asked for a second time here.
func (k *Provider) terms(ctx context.Context, token kakao.Secret) ([]provider.Term, error) {
	list, err := k.client.ServiceTerms(ctx, token, kakao.ServiceTermsOptions{All: true})
	if err != nil {
		return nil, err
	}
	var all []provider.Term
	for _, t := range list.Terms {
		term := provider.Term{Tag: t.Tag, Agreed: t.Agreed == kakao.Yes}
		if term.Agreed {
			term.At = t.AgreedAt
			if now := k.now(); term.At.IsZero() || term.At.After(now) {
				term.At = now
			}
		}
		all = append(all, term)
	}
	return all, nil
}

const (
	adult = 14
	// Ages are counted in Korean days. Korea has no summer time.
	koreaOffset = 9 * 60 * 60
)

// ageOf decides by birthday and age range, as far as Kakao gives them, and keeps neither. "Under" wins over "over"; the
// range "10~14" lies on both sides and decides nothing (PV-04).
func (k *Provider) ageOf(u *kakao.User) provider.Age {
	if u.Account == nil {
		return provider.AgeUnknown
	}
	byRange, byBirth := ageByRange(u.Account.AgeRange), ageByBirth(u.Account, k.now())
	switch {
	case byRange == provider.AgeUnder || byBirth == provider.AgeUnder:
		return provider.AgeUnder
	case byRange == provider.AgeOver || byBirth == provider.AgeOver:
		return provider.AgeOver
	}
	return provider.AgeUnknown
}

func ageByRange(r kakao.AgeRange) provider.Age {
	from, to, ok := r.Bounds()
	switch {
	case !ok:
		return provider.AgeUnknown
	case to < adult:
		return provider.AgeUnder
	case from >= adult:
		return provider.AgeOver
	}
	return provider.AgeUnknown
}

// ageByBirth is unknown in the year of the 14th birthday if there is no solar birthday.
func ageByBirth(a *kakao.Account, now time.Time) provider.Age {
	year, err := strconv.Atoi(a.Birthyear)
	today := now.In(time.FixedZone("KST", koreaOffset))
	if err != nil || len(a.Birthyear) != 4 || year < 1850 || year > today.Year() {
		return provider.AgeUnknown
	}
	switch years := today.Year() - year; {
	case years > adult:
		return provider.AgeOver
	case years < adult:
		return provider.AgeUnder
	}
	if a.BirthdayType != kakao.Solar || len(a.Birthday) != 4 {
		return provider.AgeUnknown
	}
	born, err := time.Parse("20060102", a.Birthyear+a.Birthday)
	switch {
	case err != nil:
		return provider.AgeUnknown
	case today.Format("0102") >= born.Format("0102"):
		return provider.AgeOver
	}
	return provider.AgeUnder
}
