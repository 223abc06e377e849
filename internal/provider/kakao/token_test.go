package kakao

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func newVault(t *testing.T) *provider.TokenSealer {
	t.Helper()
	keys, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return provider.NewTokenSealer(keys)
}

func TestPV08_TheVaultOpensForItsIdentityAlone(t *testing.T) {
	v := newVault(t)
	k := account.Key{Provider: "kakao", Namespace: "1", Subject: "42"}
	in := provider.Tokens{Access: "the access token", Refresh: "the refresh token", Scope: []string{"openid", "friends"}}
	text, keyID, err := v.Seal(k, in)
	if err != nil || keyID != v.KeyID() || keyID == "" {
		t.Fatalf("Seal: key %q, %v", keyID, err)
	}
	got, err := v.Open(k, text)
	if d := cmp.Diff(in, got); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
	for _, other := range []account.Key{
		{Provider: "kakao", Namespace: "1", Subject: "43"}, {Provider: "kakao", Namespace: "2", Subject: "42"},
		{Provider: "naver", Namespace: "1", Subject: "42"},
		{Provider: "kakao", Namespace: "1\" \"42", Subject: ""},
	} {
		if _, err := v.Open(other, text); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("opens for %+v: %v", other, err)
		}
	}
	if _, err := newVault(t).Open(k, text); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("opens with another key: %v", err)
	}
	again, _, err := v.Reseal(k, text)
	if err != nil || again == text {
		t.Errorf("sealed again: the same %t, %v", again == text, err)
	}
	if _, _, err := v.Seal(k, provider.Tokens{Access: provider.Secret(strings.Repeat("x",
		provider.MaxSealed))}); err == nil {
		t.Error("tokens without bound are sealed")
	}
	if s := fmt.Sprintf("%v %+v %#v", in, in, in); strings.Contains(s, "the ") {
		t.Errorf("tokens print themselves: %s", s)
	}
}

func TestRefreshErrors(t *testing.T) {
	emu := kakaotest.Start(t)
	for name, c := range map[string]struct {
		scenario kakaotest.Scenario
		key      func(*account.Key)
		kind     provider.Kind
	}{
		"unknown token":     {kind: provider.Gone},
		"Kakao is away":     {scenario: kakaotest.Scenario{Status: 503}, kind: provider.Unavailable},
		"too many requests": {scenario: kakaotest.Scenario{Code: "KOE237"}, kind: provider.RateLimited},
		"our own secret":    {scenario: kakaotest.Scenario{Code: "KOE010"}, kind: provider.Misconfigured},
		"a gateway's page":  {scenario: kakaotest.Scenario{Body: "<html>", Type: "text/html"}, kind: provider.Unavailable},
		"of another app":    {key: func(k *account.Key) { k.Namespace = "9" }, kind: provider.Misconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			k, key := newEmulated(t, emu, time.Now)
			if c.key != nil {
				c.key(&key)
			}
			if c.scenario.Code != "" || c.scenario.Status != 0 || c.scenario.Body != "" {
				c.scenario.Endpoint = "oauth/token"
				if err := emu.Script(c.scenario); err != nil {
					t.Fatal(err)
				}
				defer emu.ClearScenarios()
			}
			_, err := k.Refresh(t.Context(), key, provider.Tokens{Refresh: "secret-refresh-token"})
			var pe *provider.Error
			if !errors.As(err, &pe) || pe.Kind != c.kind || strings.Contains(err.Error(), "secret-refresh-token") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestLinkedAsksWithoutAToken(t *testing.T) {
	emu := kakaotest.Start(t)
	k, key := newEmulated(t, emu, time.Now, kakao.Secret(emu.App().AdminKey))
	if linked, err := k.Linked(t.Context(), key); linked || err != nil {
		t.Errorf("of nobody: %t, %v", linked, err)
	}
	var pe *provider.Error
	k, key = newEmulated(t, emu, time.Now)
	if _, err := k.Linked(t.Context(), key); !errors.As(err, &pe) || pe.Kind != provider.Misconfigured || pe.Temporary() {
		t.Errorf("without an admin key: %v", err)
	}
	if err := k.EndTokens(t.Context(), provider.Tokens{Access: "long-gone"}); err != nil {
		t.Errorf("ending what is over: %v", err)
	}
}
