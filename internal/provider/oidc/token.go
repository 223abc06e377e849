package oidc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/oidc"
)

// unknownLife is the lifetime of an access token whose end the provider does not say.
const unknownLife = 5 * time.Minute

func (p *Provider) tokens(t *oidc.Token) provider.Tokens {
	out := provider.Tokens{
		Access: provider.Secret(t.AccessToken), Refresh: provider.Secret(t.RefreshToken), ID: provider.Secret(t.IDToken),
		AccessExpiresAt: t.ExpiresAt, Scope: t.Scope,
	}
	if out.AccessExpiresAt.IsZero() {
		out.AccessExpiresAt = p.cfg.Now().Add(unknownLife)
	}
	return out
}

// Refresh renews the access token. An ID token that comes along has to name the same user (OpenID Connect Core section
// 12.2). It is not kept: the hint of a sign-out is the ID token of the sign-in.
func (p *Provider) Refresh(ctx context.Context, k account.Key, t provider.Tokens) (provider.Tokens, error) {
	if t.Refresh == "" {
		err := errors.New("no refresh token: offline_access was not granted")
		return provider.Tokens{}, p.translator.New(provider.Gone, err)
	}
	got, err := p.client.Refresh(ctx, oidc.Secret(t.Refresh))
	if err != nil {
		return provider.Tokens{}, p.translator.Failure(err)
	}
	next := p.tokens(got)
	next.RefreshExpiresAt = t.RefreshExpiresAt
	if next.Scope == nil {
		next.Scope = t.Scope
	}
	if next.ID = t.ID; got.IDToken == "" {
		return next, nil
	}
	id, err := p.client.VerifyIDToken(ctx, got.IDToken, oidc.IDTokenOptions{SkipNonce: true})
	if err != nil {
		return provider.Tokens{}, p.translator.New(provider.InvalidAnswer, err)
	}
	if p.key(id.Tenant, id.Subject) != k {
		err := errors.New("the refreshed ID token is another user's")
		return provider.Tokens{}, p.translator.New(provider.InvalidAnswer, err)
	}
	return next, nil
}

// EndTokens revokes the refresh token (RFC 7009), which takes its access tokens with it, or else an access token that
// has not expired. [provider.Unsupported]: the provider names no revocation endpoint, or it revokes no such tokens.
func (p *Provider) EndTokens(ctx context.Context, t provider.Tokens) error {
	token, isRefresh := t.Refresh, true
	if token == "" && p.cfg.Now().Before(t.AccessExpiresAt) {
		token, isRefresh = t.Access, false
	}
	if token == "" {
		return nil
	}
	err := p.client.Revoke(ctx, oidc.Secret(token), isRefresh)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, oidc.ErrNoRevocation), errors.Is(err, oidc.ErrUnsupportedToken):
		return p.translator.New(provider.Unsupported, err)
	}
	return p.translator.Failure(err)
}

// SignOutURL is the provider's sign-out page. Without one, or while the provider does not answer, the browser goes on
// to where that page would return: the session here has ended all the same.
func (p *Provider) SignOutURL(r provider.SignOutRequest) string {
	m, err := p.client.Discover(context.Background()) // bounded by the client's timeout
	if err == nil {
		if to := p.client.EndSessionURL(m, oidc.EndSessionRequest{
			IDTokenHint: oidc.Secret(r.IDTokenHint), PostLogoutRedirectURI: p.cfg.SignOutRedirectURI, State: r.State,
		}); to != "" {
			return to
		}
	}
	return p.cfg.SignOutRedirectURI + "?" + url.Values{"state": {r.State}}.Encode()
}

// VerifyNative verifies an ID token that an app got from the provider.
func (p *Provider) VerifyNative(ctx context.Context, t provider.NativeTokens) (*provider.Result, error) {
	if t.ID == "" || t.Access != "" {
		return nil, p.translator.New(provider.BadRequest, errors.New("want an ID token and no access token"))
	}
	id, err := p.client.VerifyIDToken(ctx, oidc.Secret(t.ID), oidc.IDTokenOptions{Nonce: t.Nonce})
	if err != nil {
		return nil, p.translator.NativeFailure(err)
	}
	return p.result(id), nil
}

// hookLogout is the last segment of the address for back-channel logout.
const hookLogout = "logout"

// ReadNotice verifies a back-channel logout. With a session key it ends that session alone, else all of the user's.
func (p *Provider) ReadNotice(hook string, r *http.Request) (*provider.Notice, bool, error) {
	if hook != hookLogout {
		return nil, false, nil
	}
	l, err := p.client.ParseLogout(r)
	if err != nil {
		return nil, true, p.translator.Failure(err)
	}
	sum := sha256.Sum256([]byte(p.cfg.Name + " " + l.ID))
	return &provider.Notice{
		ID: hex.EncodeToString(sum[:]), Key: p.key(l.Tenant, l.Subject), Changes: []provider.Change{provider.SessionsEnd},
		Session: l.Session, What: "LOGOUT", OccurredAt: l.IssuedAt,
	}, true, nil
}

// AcceptNotice answers 200, which no cache may keep.
func (*Provider) AcceptNotice(_ string, w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

// RefuseNotice answers with the fault of the message, or 503 if there is none.
func (*Provider) RefuseNotice(w http.ResponseWriter, err error) { oidc.WriteLogoutError(w, err) }
