package providertoken_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
)

// down is a provider at which nothing can be revoked now.
type down struct{ *strict }

func (down) EndTokens(context.Context, provider.Tokens) error {
	return &provider.Error{Provider: "kakao", Kind: provider.Unavailable, Err: errors.New("down")}
}

// endedRecord is an EndingStore with one record.
type endedRecord struct {
	record  providertoken.Record
	deleted bool
}

func (e *endedRecord) EndedTokens(context.Context, string) (*providertoken.Record, error) {
	return &e.record, nil
}

func (e *endedRecord) DeleteEndedTokens(context.Context, string) error {
	e.deleted = true
	return nil
}

func (*endedRecord) EndTokens(context.Context, time.Time, int) (int, error) { return 0, nil }

// A refresh token can live for months: it is not dropped because the provider is down for some minutes.
func TestRefreshTokenIsKeptUntilItIsRevoked(t *testing.T) {
	p := newProcesses(t, filepath.Join(t.TempDir(), "norang.db"), 1)
	ended := &endedRecord{record: p.grant(t)}
	providers, err := provider.NewSet(down{p.kakao})
	if err != nil {
		t.Fatal(err)
	}
	p.config.Ending, p.config.Providers = ended, providers
	s, err := providertoken.New(p.config)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		refresh provider.Secret
		expires time.Duration // of the refresh token; 0 if unknown
		attempt int64
		deleted bool
	}{
		"alive, first attempt":           {"refresh", 24 * time.Hour, 1, false},
		"alive, after hours":             {"refresh", 24 * time.Hour, 20, false},
		"unknown end, after hours":       {"refresh", 0, 20, false},
		"expired, first attempt":         {"refresh", -time.Hour, 1, false},
		"expired, after hours":           {"refresh", -time.Hour, 20, true},
		"access token alone":             {"", 24 * time.Hour, 5, false},
		"access token alone, last":       {"", 24 * time.Hour, 6, true},
		"access token alone, no end set": {"", 0, 6, true},
	} {
		ended.deleted, ended.record.RefreshExpiresAt = false, time.Time{}
		if tt.expires != 0 {
			ended.record.RefreshExpiresAt = p.now().Add(tt.expires)
		}
		tokens := provider.Tokens{Access: "access", Refresh: tt.refresh}
		ended.record.Sealed, ended.record.KeyID, err = p.config.Sealer.Seal(ended.record.Key, tokens)
		if err != nil {
			t.Fatal(err)
		}
		job := jobs.Job{Attempt: tt.attempt}
		job.Key = ended.record.ID
		outcome, err := s.Handlers()[providertoken.EndJob](t.Context(), job)
		if ended.deleted != tt.deleted || (err == nil) != tt.deleted ||
			strings.HasPrefix(outcome, "given up") != tt.deleted {
			t.Errorf("%s: deleted %t, %q, %v", name, ended.deleted, outcome, err)
		}
	}
}
