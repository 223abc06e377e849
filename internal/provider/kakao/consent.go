package kakao

import (
	"github.com/norang-login/norang/internal/provider"

	"context"
	"errors"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/kakao"
)

var (
	_ provider.Consenter   = (*Provider)(nil)
	_ provider.TermRevoker = (*Provider)(nil)
)

// ConsentItems asks by admin key, which needs no token of the person's.
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

// RevokeConsent takes items back by admin key.
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

// RevokeTerm tells Kakao Sync by admin key.
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

// userID reads the number out of an identity of this app. Kakao numbers people per app: the same number of another app is
// a stranger.
func (k *Provider) userID(key account.Key) (int64, *provider.Error) {
	if key.Provider != k.Name() || key.App != k.app {
		return 0, &provider.Error{Kind: provider.Misconfigured, Err: errors.New("identity of app " + key.App + ", KAKAO_APP_ID is " + k.app)}
	}
	id, err := strconv.ParseInt(key.Subject, 10, 64)
	if err != nil {
		return 0, &provider.Error{Kind: provider.Misconfigured, Err: errors.New("subject is no number")}
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
		all = append(all, provider.ConsentItem{ID: s.ID, Name: s.DisplayName, Agreed: s.Agreed == kakao.Yes, Revocable: s.Agreed == kakao.Yes && s.Revocable == kakao.Yes})
	}
	return all
}

// scopes are the consents after an exchange; nil if Kakao does not say. Its answer often leaves them out: after a round for
// consent, where they are the point of it, they are asked for.
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

// terms are the answers to the service's terms at Kakao Sync, the declined ones too: whoever said no there is not asked
// again here.
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
	// korea is where ages are counted; it has no summer time.
	koreaOffset = 9 * 60 * 60
)

// ageOf judges by the year and day of birth and the age range, whatever of them Kakao gives, and keeps none of it. What
// says "under" counts before what says "over"; "10~14" lies on both sides and says nothing (PV-04).
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

// ageByBirth counts in Korea's days. A year alone leaves a year of doubt, and so does a lunar birthday.
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
