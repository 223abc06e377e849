package join

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// Admit says what is left to ask of somebody and what need not be asked any more.
func (s *Service) Admit(p *provider.Result) account.Admission {
	age, terms := s.Ask(p)
	return account.Admission{
		JoinRequired: age || len(terms) > 0 || s.hook != nil,
		UnderAge:     s.ageByProvider && p.Age == provider.AgeUnder && !s.allowUnder14,
		Agreed:       s.providerConsents(p, s.now().UTC()),
	}
}

// Ask is what the join page asks: the declaration of age, and the terms in their order. What the provider has said already
// is left out; p is nil if nothing of it is left.
func (s *Service) Ask(p *provider.Result) (age bool, terms []consent.Term) {
	age = s.askAge && (p == nil || !s.ageByProvider || p.Age == provider.AgeUnknown)
	for _, t := range s.terms {
		if told := claimedTerm(p, t.Tag); told == nil || !told.Agreed && t.Required {
			terms = append(terms, t)
		}
	}
	return age, terms
}

// AgeOptional reports whether a person may join without the declaration of being [MinimumAge] or older.
func (s *Service) AgeOptional() bool { return s.allowUnder14 }

// termOf is what the provider says of a term; nil if it does not ask for it. Whoever declined an optional one there is not
// asked a second time here.
func claimedTerm(p *provider.Result, tag string) *provider.Term {
	if p == nil {
		return nil
	}
	i := slices.IndexFunc(p.Terms, func(t provider.Term) bool { return t.Tag == tag })
	if i < 0 {
		return nil
	}
	return &p.Terms[i]
}

// told are the lines of the ledger for which the provider's word is enough. Kakao knows a term's tag and not its version:
// an agreement there is one to the version that is in force here when it is first heard of.
func (s *Service) providerConsents(p *provider.Result, now time.Time) []account.Consent {
	if p == nil {
		return nil
	}
	var lines []account.Consent
	if s.askAge && s.ageByProvider && p.Age != provider.AgeUnknown {
		lines = append(lines, account.Consent{
			Kind: account.ConsentAge, Tag: string(account.ConsentAge), Version: strconv.Itoa(MinimumAge), Agreed: p.Age == provider.AgeOver, At: now, Place: account.PlaceKakao,
		})
	}
	for _, t := range s.terms {
		told := claimedTerm(p, t.Tag)
		if told == nil || !told.Agreed && t.Required {
			continue
		}
		at := told.At
		if !told.Agreed {
			at = now
		}
		lines = append(lines, account.Consent{
			Kind: t.Kind(), Tag: t.Tag, Version: t.Version, Agreed: told.Agreed, At: at, Place: account.PlaceKakaoSync,
		})
	}
	return lines
}

// carried is what waits in the browser of a pending person.
type sealedClaims struct {
	account.Profile
	Scopes *account.Scopes `json:",omitempty"`
	Terms  []provider.Term `json:",omitempty"`
	Age    provider.Age    `json:",omitempty"`
}

// Carry seals what the provider said of a pending person, to wait in their own browser until they join: of somebody who
// does not, nothing has been kept. It is bound to the session, so it is of no use in another one.
func (s *Service) SealClaims(p *provider.Result, k session.Key) (string, error) {
	terms := slices.DeleteFunc(slices.Clone(p.Terms), func(told provider.Term) bool {
		return !slices.ContainsFunc(s.terms, func(t consent.Term) bool { return t.Tag == told.Tag })
	})
	plain, err := json.Marshal(sealedClaims{p.Profile, p.Scopes, terms, p.Age})
	if err != nil {
		return "", err
	}
	return s.sealer.Seal(plain, string(k[:])), nil
}

// Carried opens what Carry sealed; nil if it is not there any more, which only means that everything is asked and the next
// sign-in fills the profile in.
func (s *Service) OpenClaims(text string, k session.Key) *provider.Result {
	plain, err := s.sealer.Open(text, string(k[:]))
	if err != nil {
		return nil
	}
	var c sealedClaims
	if json.Unmarshal(plain, &c) != nil {
		return nil
	}
	return &provider.Result{Profile: c.Profile, Scopes: c.Scopes, Terms: c.Terms, Age: c.Age}
}
