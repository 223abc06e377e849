package withdrawal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failpoint"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
)

// Unlink is a link to end at the provider. Without tokens its JSON is that of the key alone.
type Unlink struct {
	account.Key
	// Tokens are those that the provider needs, newest first; see provider.Info.UnlinkNeedsToken.
	Tokens []SealedTokens `json:",omitempty"`
}

// SealedTokens are provider tokens as provider.TokenSealer sealed them, with their expiry times. KeyID and Client are
// those of login.NewTokens.
type SealedTokens struct {
	Sealed string
	KeyID  string `json:",omitempty"`
	Client string `json:",omitempty"`
	// OfSession says that the tokens ended with a session. They go back to a session, the others to the identity.
	OfSession        bool `json:",omitempty"`
	AccessExpiresAt  time.Time
	RefreshExpiresAt time.Time // zero if unknown
}

// errNoToken is final: without a token only the user can end the link, at the provider.
var errNoToken = errors.New("withdrawal: no token left to unlink with")

// unconfirmed is the outcome of a job whose provider accepts the end of any link, whether there is one or not.
const unconfirmed = "asked to unlink; the provider does not say whether the link has ended"

// CameBack is the outcome of a job whose user has an account with the identity again.
const CameBack = "came back"

// The outcomes of a job whose provider has no call that ends a link.
const (
	linkStays     = "the provider has no call that ends a link"
	tokensRevoked = "tokens revoked; " + linkStays
	partlyRevoked = "%d tokens revoked, %d that it does not revoke were deleted here; " + linkStays
	noRevocation  = linkStays + " or revokes these tokens; they were deleted here"
)

// CanUnlink reports whether the provider of that name has a call that ends a link.
func (s *Service) CanUnlink(name string) bool {
	_, ok := provider.Capability[provider.Unlinker](s.providers, name)
	return ok
}

// open returns the tokens whose key is still in the key ring.
func (s *Service) open(u Unlink) []provider.Tokens {
	var all []provider.Tokens
	for _, sealed := range u.Tokens {
		t, err := s.sealer.Open(u.Key, sealed.Sealed)
		if err != nil {
			continue
		}
		t.AccessExpiresAt, t.RefreshExpiresAt = sealed.AccessExpiresAt, sealed.RefreshExpiresAt
		all = append(all, t)
	}
	return all
}

// unlink handles an UnlinkJob. The job keeps the tokens until it is done.
func (s *Service) unlink(ctx context.Context, j jobs.Job) (string, error) {
	var link Unlink
	if err := j.Read(&link); err != nil {
		return "", err
	}
	back, err := s.store.Linked(ctx, link.Key)
	if err != nil {
		return "", err
	}
	_, configured := s.providers.Get(link.Provider)
	unlinker, ends := provider.Capability[provider.Unlinker](s.providers, link.Provider)
	ender, revokes := provider.Capability[provider.TokenEnder](s.providers, link.Provider)
	switch DecideUnlink(UnlinkFacts{
		Back: back != nil, Configured: configured, EndsLinks: ends, Revokes: revokes, Tokens: len(link.Tokens) > 0,
	}) {
	case KeepLink:
		return CameBack, nil
	case CannotUnlink:
		return "", jobs.Permanent(fmt.Errorf("provider %q cannot unlink", link.Provider))
	case EndLink:
		return s.endLink(ctx, unlinker, link)
	case RevokeTokens:
		return s.revoke(ctx, ender, link)
	}
	return linkStays, nil
}

func (s *Service) endLink(ctx context.Context, u provider.Unlinker, link Unlink) (string, error) {
	failpoint.Hit("unlink.before_call")
	result, err := u.Unlink(ctx, provider.UnlinkRequest{Key: link.Key, Tokens: s.open(link)})
	failpoint.Hit("unlink.after_call")
	switch {
	case err != nil:
		return "", jobs.Failed(err)
	case result == provider.NoToken:
		return "", jobs.Permanent(errNoToken)
	case result == provider.Unconfirmed:
		return unconfirmed, nil
	}
	return "unlinked", nil
}

// revoke revokes every token, even if one fails. The job then repeats it for all: a token that
// is void already is a success.
func (s *Service) revoke(ctx context.Context, p provider.TokenEnder, link Unlink) (string, error) {
	revoked, unsupported := 0, 0
	var failed error
	for _, t := range s.open(link) {
		switch err := p.EndTokens(ctx, t); {
		case err == nil:
			revoked++
		case provider.Is(err, provider.Unsupported):
			unsupported++
		case failed == nil, final(failed) && !final(err): // what can still succeed keeps the job alive
			failed = err
		}
	}
	switch {
	case failed != nil:
		return "", jobs.Failed(failed)
	case revoked > 0 && unsupported > 0:
		return fmt.Sprintf(partlyRevoked, revoked, unsupported), nil
	case revoked > 0:
		return tokensRevoked, nil
	case unsupported > 0:
		return noRevocation, nil
	}
	return linkStays, nil
}

// final reports whether repeating a call cannot help.
func final(err error) bool {
	var e *provider.Error
	return errors.As(err, &e) && !e.Temporary()
}
