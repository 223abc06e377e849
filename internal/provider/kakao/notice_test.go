package kakao

import (
	"slices"
	"testing"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

func TestWH19_S23_EffectsOfAccountEvents(t *testing.T) {
	for name, tt := range map[string]struct {
		events []kakao.EventType
		want   []provider.Change
	}{
		"recycled": {[]kakao.EventType{kakao.IdentifierRecycled}, []provider.Change{provider.EmailReassigned}},
		"changed":  {[]kakao.EventType{kakao.IdentifierChanged}, nil},
		"recycled, compromised": {
			[]kakao.EventType{kakao.IdentifierRecycled, kakao.CredentialCompromise},
			[]provider.Change{provider.EmailReassigned, provider.SessionsEnd},
		},
		"disabled": {[]kakao.EventType{kakao.AccountDisabled}, []provider.Change{provider.SessionsEnd}},
		"enabled":  {[]kakao.EventType{kakao.AccountEnabled}, nil},
		"purged":   {[]kakao.EventType{kakao.AccountPurged}, []provider.Change{provider.LinkEnded}},
		"consent":  {[]kakao.EventType{kakao.UserScopeConsent}, []provider.Change{provider.ConsentGiven}},
	} {
		e := &kakao.AccountEvent{ID: "jti", UserID: 1}
		for _, typ := range tt.events {
			e.Events = append(e.Events, kakao.Event{Type: typ})
		}
		if n := newKakao(t).changed(e); !slices.Equal(n.Changes, tt.want) {
			t.Errorf("%s: %v, want %v", name, n.Changes, tt.want)
		}
	}
}
