package withdrawal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/testkit/sessiontest"
)

// revoker is a provider that revokes tokens; the refresh token names the answer.
type revoker struct {
	provider.Provider
	asked []provider.Secret
}

func (*revoker) Info() provider.Info {
	return provider.Info{Name: "demo", Namespace: "1", CallbackMethod: "GET", ProvesFreshness: true}
}

func (r *revoker) EndTokens(_ context.Context, t provider.Tokens) error {
	r.asked = append(r.asked, t.Refresh)
	kind, fails := map[provider.Secret]provider.Kind{
		"unsupported": provider.Unsupported, "final": provider.Misconfigured, "down": provider.Unavailable,
	}[t.Refresh]
	if !fails {
		return nil
	}
	return &provider.Error{Provider: "demo", Kind: kind, Err: errors.New(t.Refresh.Reveal())}
}

func (*revoker) Refresh(context.Context, account.Key, provider.Tokens) (provider.Tokens, error) {
	return provider.Tokens{}, errors.ErrUnsupported
}

func (*revoker) ClassifyCall(error) provider.Kind { return provider.Unknown }

// nobodyBack is a Store in which no user has the identity.
type nobodyBack struct{ Store }

func (nobodyBack) Linked(context.Context, account.Key) (*LinkedIdentity, error) { return nil, nil }

// An answer about one token neither keeps the others from being revoked nor hides what became of them.
func TestEveryTokenIsRevoked(t *testing.T) {
	t.Parallel()
	keys, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealer := provider.NewTokenSealer(keys)
	sessions, err := session.New(session.Config{Store: sessiontest.Empty{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		tokens        []provider.Secret
		outcome, fail string
	}{
		{tokens: []provider.Secret{"1", "2"}, outcome: tokensRevoked},
		{tokens: []provider.Secret{"unsupported"}, outcome: noRevocation},
		{
			tokens:  []provider.Secret{"1", "unsupported", "2"},
			outcome: "2 tokens revoked, 1 that it does not revoke were deleted here; " + linkStays,
		},
		{tokens: []provider.Secret{"final", "1", "unsupported", "2"}, fail: "final"},
		{tokens: []provider.Secret{"down", "1", "final"}, fail: "down"},
		{tokens: []provider.Secret{"1", "final", "down", "2"}, fail: "down"}, // not dead: it may still succeed
	} {
		demo := &revoker{}
		providers, err := provider.NewSet(demo)
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(Config{Store: nobodyBack{}, Sessions: sessions, Providers: providers, Sealer: sealer})
		if err != nil {
			t.Fatal(err)
		}
		link := Unlink{Key: account.Key{Provider: "demo", Namespace: "1", Subject: "2"}}
		for _, text := range tt.tokens {
			sealed, keyID, err := sealer.Seal(link.Key, provider.Tokens{Refresh: text})
			if err != nil {
				t.Fatal(err)
			}
			link.Tokens = append(link.Tokens, SealedTokens{Sealed: sealed, KeyID: keyID})
		}
		payload, err := json.Marshal(link)
		if err != nil {
			t.Fatal(err)
		}
		outcome, err := s.unlink(t.Context(), jobs.Job{Kind: UnlinkJob, Payload: string(payload)})
		var failed *provider.Error
		if errors.As(err, &failed) != (tt.fail != "") || outcome != tt.outcome {
			t.Errorf("%v: %q, %v", tt.tokens, outcome, err)
		}
		if failed != nil && failed.Err.Error() != tt.fail {
			t.Errorf("%v fails with %v, want %s", tt.tokens, err, tt.fail)
		}
		if !slices.Equal(demo.asked, tt.tokens) {
			t.Errorf("%d of %d tokens were tried", len(demo.asked), len(tt.tokens))
		}
	}
}
