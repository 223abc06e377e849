package norang

import (
	"context"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/limit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// This file is the only place where public types become internal ones and back.

func oidcProviders(list []OIDC) (all []app.OIDC) {
	for _, o := range list {
		all = append(all, app.OIDC(o))
	}
	return all
}

func (c Config) internal() app.Config {
	cfg := app.Config{
		URL: c.URL, OpsURL: c.OpsURL, ConsoleSettings: c.ConsoleSettings,
		Prefix: c.Prefix, Mounted: c.Mounted, Upstream: c.Upstream, PublicPaths: c.PublicPaths,
		Kakao: app.Kakao(c.Kakao), Naver: app.Naver(c.Naver), LINE: app.LINE(c.LINE),
		Google: app.Google(c.Google),
		Apple:  app.Apple(c.Apple), Providers: c.Providers, FormerApps: c.FormerApps,
		OIDC:          oidcProviders(c.OIDC),
		AllowEmulator: c.AllowEmulator, NoAdminKey: c.NoAdminKey, NoClientSecret: c.NoClientSecret,
		Database: c.Database, Keys: c.Keys, KeysText: c.KeysText, NewDatabase: c.NewDatabase,
		TrustedProxies: c.TrustedProxies, Origins: c.Origins, AppLinks: c.AppLinks, CookieDomain: c.CookieDomain,
		SessionIdle: c.SessionIdle, SessionLife: c.SessionLife, SessionCache: c.SessionCache,
		Limits: c.Limits.internal(), MaxLogins: c.MaxLogins,
		Age: c.Age, Under14: c.Under14, JoinHook: c.JoinHook.internal(), JoinHookURL: c.JoinHookURL,
		Brand: app.Brand(c.Brand), Pictures: c.Pictures, Templates: c.Templates,
		WithdrawGrace: c.WithdrawGrace, Rejoin: c.Rejoin, RejoinBlock: c.RejoinBlock,
		UnlinkPolicy: c.UnlinkPolicy, Reconcile: c.Reconcile, KeepKakaoTokens: c.KeepKakaoTokens,
		LogKeep: c.LogKeep, AccessLogKeep: c.AccessLogKeep, BackupKeep: c.BackupKeep,
		EventsURL: c.EventsURL, EventsSecrets: c.EventsSecrets, AlertURL: c.AlertURL,
		AllowPrivateHooks: c.AllowPrivateHooks,
		Audiences:         c.Audiences, AssertionAudience: c.AssertionAudience,
		Dev: c.Dev, AccessLog: c.AccessLog, Log: c.Log, Now: c.Now, Random: c.Random, Transport: c.Transport,
	}
	for _, t := range c.Terms {
		cfg.Terms = append(cfg.Terms, consent.Term(t))
	}
	return cfg
}

func (l Limits) internal() web.Limits {
	return web.Limits{
		Starts: limit.Rate(l.Starts), Callbacks: limit.Rate(l.Callbacks), Changes: limit.Rate(l.Changes),
		Signouts: limit.Rate(l.Signouts), Hooks: limit.Rate(l.Hooks), Unknown: limit.Rate(l.Unknown),
		Tokens:    limit.Rate(l.Tokens),
		Natives:   limit.Rate(l.Natives),
		Servers:   limit.Rate(l.Servers),
		Everybody: limit.Rate(l.Everybody), Addresses: l.Addresses,
	}
}

func (h JoinHook) internal() join.Hook {
	if h == nil {
		return nil
	}
	return func(ctx context.Context, r join.HookRequest) (join.HookDecision, error) {
		d, err := h(ctx, JoinRequest{
			ID: r.ID, UserID: string(r.UserID), Provider: r.Provider, Namespace: r.Namespace, Subject: r.Subject, Lang: r.Lang,
		})
		return join.HookDecision(d), err
	}
}

func newUser(p *session.Principal) User {
	u := User{
		ID: string(p.User.ID), Ref: p.User.Ref, CreatedAt: p.User.CreatedAt,
		Nickname: account.DisplayName(p.User, p.Identity), Picture: account.DisplayPicture(p.User, p.Identity),
		Provider: p.Identity.Provider, Namespace: p.Identity.Namespace, Subject: p.Identity.Subject,
		SessionID: p.Session.ID, AuthTime: p.Session.AuthTime,
	}
	switch p.Identity.Profile.EmailState {
	case account.EmailVerified:
		u.Email = p.Identity.Profile.Email
	case account.EmailUnverified:
		u.EmailUnverified = p.Identity.Profile.Email
	}
	return u
}

func newAccount(u operator.User) *Account {
	a := &Account{
		ID: string(u.ID), Status: UserStatus(u.Status), Ref: u.Ref, Meta: u.Meta,
		Nickname: u.Nickname, Picture: u.Picture, Lang: u.Lang, CreatedAt: u.CreatedAt, JoinedAt: u.JoinedAt,
		Sessions: u.Sessions,
	}
	for _, i := range u.Identities {
		one := Identity{
			ID: i.ID, Provider: i.Provider, Namespace: i.Namespace, Subject: i.Subject,
			Nickname: i.Profile.Nickname, Picture: i.Profile.Picture, Scopes: scopesOf(i.Scopes),
			LinkedAt: i.LinkedAt, SeenAt: i.SeenAt,
		}
		switch i.Profile.EmailState {
		case account.EmailVerified:
			one.Email = i.Profile.Email
		case account.EmailUnverified:
			one.EmailUnverified = i.Profile.Email
		}
		a.Identities = append(a.Identities, one)
	}
	return a
}

func newSessionInfo(s session.Session) SessionInfo {
	return SessionInfo{
		ID: s.ID, CreatedAt: s.CreatedAt, AuthTime: s.AuthTime, SeenAt: s.SeenAt,
		ExpiresAt: s.ExpiresAt, IdleExpiresAt: s.IdleExpiresAt, Remember: s.Remember,
		Address: s.Client.Address, UserAgent: s.Client.UserAgent,
	}
}

func newConsentLine(l export.LedgerLine) ConsentLine {
	return ConsentLine{
		ID: l.ID, Kind: string(l.Kind), Tag: l.Tag, Version: l.Version, Agreed: l.Agreed, At: l.At, Place: l.Place,
	}
}

func newEvent(e events.Event) Event {
	return Event{
		Position: e.Position, ID: e.ID, Kind: EventKind(e.Kind), At: e.At, UserID: string(e.UserID), About: e.About,
	}
}
