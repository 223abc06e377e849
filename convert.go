package norang

import (
	"context"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/session"
)

// This file is where public types become internal ones and back; app.FromPublic copies the configuration.

func (c Config) internal() app.Config {
	cfg := app.FromPublic(c)
	cfg.JoinHook = c.JoinHook.internal()
	return cfg
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
		SessionID: p.Session.ID, AuthTime: p.Session.AuthTime, EmailRelay: p.Identity.Profile.EmailRelay,
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
			EmailRelay: i.Profile.EmailRelay, LinkedAt: i.LinkedAt, SeenAt: i.SeenAt,
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

// scopesOf splits the consent items of an identity.
func scopesOf(s account.Scopes) []string { return slices.Collect(strings.FieldsSeq(string(s))) }
