package google

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

func tokensOf(t *google.Token) provider.Tokens {
	return provider.Tokens{
		Access: provider.Secret(t.AccessToken), Refresh: provider.Secret(t.RefreshToken), AccessExpiresAt: t.ExpiresAt,
		Scope: t.Scope,
	}
}

// Refresh renews the access token. Google keeps the refresh token.
func (g *Provider) Refresh(ctx context.Context, k account.Key, t provider.Tokens) (provider.Tokens, error) {
	if t.Refresh == "" {
		return provider.Tokens{}, translator.New(provider.Gone, errors.New("no refresh token: it comes at the first consent"))
	}
	got, err := g.client.Refresh(ctx, google.Secret(t.Refresh))
	if err != nil {
		return provider.Tokens{}, translator.Failure(err)
	}
	if got.IDToken != "" {
		id, err := g.client.VerifyIDToken(ctx, got.IDToken, google.IDTokenOptions{SkipNonce: true})
		if err != nil {
			return provider.Tokens{}, translator.Failure(err)
		}
		if id.Subject != k.Subject {
			return provider.Tokens{}, translator.New(provider.InvalidAnswer, errors.New("tokens of another user"))
		}
	}
	next := tokensOf(got)
	next.RefreshExpiresAt, next.ClientID = t.RefreshExpiresAt, t.ClientID
	if next.Scope == nil {
		next.Scope = t.Scope
	}
	return next, nil
}

// Unlink revokes the tokens, which ends the link. A token that Google refuses is dead: nothing more can be done with
// it, and whether the link has ended is not known. An access token is used only while it lives.
func (g *Provider) Unlink(ctx context.Context, r provider.UnlinkRequest) (provider.UnlinkResult, error) {
	result := provider.NoToken
	for _, t := range r.Tokens {
		token := t.Refresh
		if token == "" && g.now().Before(t.AccessExpiresAt) {
			token = t.Access
		}
		if token == "" {
			continue
		}
		refused, err := g.client.Revoke(ctx, google.Secret(token))
		switch {
		case err != nil:
			return 0, translator.Failure(err)
		case !refused:
			return provider.Unlinked, nil
		}
		result = provider.Unconfirmed
	}
	return result, nil
}

// hookEvents is the last segment of the address of security events.
const hookEvents = "risc"

// ReadNotice verifies a security event token of Cross-Account Protection.
func (g *Provider) ReadNotice(hook string, r *http.Request) (*provider.Notice, bool, error) {
	if hook != hookEvents {
		return nil, false, nil
	}
	e, err := g.client.ParseSecurityEvent(r)
	if err != nil {
		return nil, true, translator.Failure(err)
	}
	sum := sha256.Sum256([]byte("google event\x00" + e.ID))
	n := &provider.Notice{
		ID: hex.EncodeToString(sum[:]), Key: key(e.Subject), What: string(e.Type), OccurredAt: e.At,
	}
	switch e.Type {
	case google.SessionsRevoked:
		n.Changes = []provider.Change{provider.SessionsEnd}
	case google.TokensRevoked:
		n.Changes = []provider.Change{provider.LinkEnded}
	case google.AccountDisabled: // no sign-in is possible with it, for any e.Reason
		n.Changes = []provider.Change{provider.SessionsEnd}
		n.HighSeverity = e.Reason == google.ReasonHijacking
	case google.CredentialChangeRequired:
		n.HighSeverity = true
	}
	return n, true, nil
}

// AcceptNotice answers 202.
func (*Provider) AcceptNotice(_ string, w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) }

// RefuseNotice answers with the fault of the token, or 503 if there is none.
func (*Provider) RefuseNotice(w http.ResponseWriter, err error) { google.WriteEventError(w, err) }
