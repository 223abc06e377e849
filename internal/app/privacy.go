package app

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/privacy"
	"github.com/norang-login/norang/internal/provider"
)

// PrivacySettings are what the list of personal data depends on.
func PrivacySettings(cfg Config) (privacy.Settings, error) {
	cfg.setDefaults()
	s := privacy.Settings{
		Pictures: cfg.Pictures, AskAge: cfg.Age == "declare", ReadAge: cfg.Age != "declare" && cfg.Age != "off",
		Terms: len(cfg.Terms) > 0, ProviderTokens: cfg.KeepKakaoTokens != KeepOff,
		AwayTokens:  cfg.KeepKakaoTokens == KeepOffline,
		AppHooks:    cfg.EventsURL != "" || cfg.JoinHookURL != "" || cfg.JoinHook != nil,
		SessionLife: cfg.SessionLife, LogKeep: cfg.LogKeep, AccessLogKeep: cfg.AccessLogKeep, BackupKeep: cfg.BackupKeep,
		WithdrawGrace: cfg.WithdrawGrace, FailedAttempts: failures.Keep,
	}
	if account.Rejoin(cfg.Rejoin) == account.RejoinBlocked {
		s.RejoinBlock = cfg.RejoinBlock
	}
	for _, t := range cfg.Terms {
		s.Marketing = s.Marketing || t.Marketing
	}
	made, err := offlineProviders(cfg)
	if err != nil {
		return s, err
	}
	providers, err := newProviders(cfg, metrics.New(cfg.Now), made)
	if err != nil {
		return s, err
	}
	for _, p := range providers.All() {
		info := p.Info()
		s.Providers = append(s.Providers, info.Label)
		if info.SignOutHint {
			s.HintTokens = append(s.HintTokens, info.Label)
		}
		_, unlinks := p.(provider.Unlinker)
		links := &s.Links.Stay
		switch {
		case info.ByHand: // what the provider could do needs an admin key
		case unlinks && info.UnlinkNeedsToken:
			links = &s.Links.EndedByToken
		case unlinks:
			links = &s.Links.Ended
		case provider.RevokesOnly(providers, info.Name):
			links = &s.Links.TokensRevoked
		}
		*links = append(*links, info.Label)
	}
	return s, nil
}

// Erasures counts the erasures of a period, by day in Korea, kind and who did it, without naming a user. It is the
// proof of erasure that outlives the data.
func (d *Operator) Erasures(ctx context.Context, from, to time.Time) ([]privacy.Erasure, error) {
	return d.db.Erasures(ctx, from, to)
}
