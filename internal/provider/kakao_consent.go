package provider

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/kakao"
)

var (
	_ Consenter   = (*Kakao)(nil)
	_ TermRevoker = (*Kakao)(nil)
)

// ConsentItems asks by admin key, which needs no token of the person's.
func (k *Kakao) ConsentItems(ctx context.Context, key account.Key) ([]ConsentItem, error) {
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
func (k *Kakao) RevokeConsent(ctx context.Context, key account.Key, ids ...string) ([]ConsentItem, error) {
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
func (k *Kakao) RevokeTerm(ctx context.Context, key account.Key, tag string) error {
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
func (k *Kakao) userID(key account.Key) (int64, *Error) {
	if key.Provider != k.Name() || key.App != k.app {
		return 0, &Error{Kind: Misconfigured, Err: errors.New("identity of app " + key.App + ", KAKAO_APP_ID is " + k.app)}
	}
	id, err := strconv.ParseInt(key.Subject, 10, 64)
	if err != nil {
		return 0, &Error{Kind: Misconfigured, Err: errors.New("subject is no number")}
	}
	return id, nil
}

func consentFailure(err error) *Error {
	e := failure(err)
	switch {
	case errors.Is(err, kakao.ErrInvalidInput): // no admin key
		e.Kind = Misconfigured
	case e.Code == "-3":
		e.Kind = Required
	}
	return e
}

func items(list *kakao.Scopes) []ConsentItem {
	var all []ConsentItem
	for _, s := range list.Scopes {
		all = append(all, ConsentItem{ID: s.ID, Name: s.DisplayName, Agreed: s.Agreed == kakao.Yes, Revocable: s.Agreed == kakao.Yes && s.Revocable == kakao.Yes})
	}
	return all
}

// scopes are the consents after an exchange; nil if Kakao does not say. Its answer often leaves them out: after a round for
// consent, where they are the point of it, they are asked for.
func (k *Kakao) scopes(ctx context.Context, t *kakao.Token, ask bool) (*account.Scopes, error) {
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
	s := Granted(items(list))
	return &s, nil
}

// terms are the answers to the service's terms at Kakao Sync, the declined ones too: whoever said no there is not asked
// again here.
func (k *Kakao) terms(ctx context.Context, token kakao.Secret) ([]Term, error) {
	list, err := k.client.ServiceTerms(ctx, token, kakao.ServiceTermsOptions{All: true})
	if err != nil {
		return nil, err
	}
	var all []Term
	for _, t := range list.Terms {
		term := Term{Tag: t.Tag, Agreed: t.Agreed == kakao.Yes}
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
func (k *Kakao) ageOf(u *kakao.User) Age {
	if u.Account == nil {
		return AgeUnknown
	}
	byRange, byBirth := ageByRange(u.Account.AgeRange), ageByBirth(u.Account, k.now())
	switch {
	case byRange == AgeUnder || byBirth == AgeUnder:
		return AgeUnder
	case byRange == AgeOver || byBirth == AgeOver:
		return AgeOver
	}
	return AgeUnknown
}

func ageByRange(r kakao.AgeRange) Age {
	from, to, ok := r.Bounds()
	switch {
	case !ok:
		return AgeUnknown
	case to < adult:
		return AgeUnder
	case from >= adult:
		return AgeOver
	}
	return AgeUnknown
}

// ageByBirth counts in Korea's days. A year alone leaves a year of doubt, and so does a lunar birthday.
func ageByBirth(a *kakao.Account, now time.Time) Age {
	year, err := strconv.Atoi(a.Birthyear)
	today := now.In(time.FixedZone("KST", koreaOffset))
	if err != nil || len(a.Birthyear) != 4 || year < 1850 || year > today.Year() {
		return AgeUnknown
	}
	switch years := today.Year() - year; {
	case years > adult:
		return AgeOver
	case years < adult:
		return AgeUnder
	}
	if a.BirthdayType != kakao.Solar || len(a.Birthday) != 4 {
		return AgeUnknown
	}
	born, err := time.Parse("20060102", a.Birthyear+a.Birthday)
	switch {
	case err != nil:
		return AgeUnknown
	case today.Format("0102") >= born.Format("0102"):
		return AgeOver
	}
	return AgeUnder
}
