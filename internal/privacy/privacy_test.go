package privacy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/privacy"
)

const day = 24 * time.Hour

// Each setting adds its item and its sentence, and nothing else does.
func TestListFollowsTheSettings(t *testing.T) {
	t.Parallel()
	base := privacy.Settings{
		Providers: []i18n.Text{{Ko: "카카오", En: "Kakao"}}, SessionLife: 90 * day, LogKeep: 92 * day,
		AccessLogKeep: 730 * day, BackupKeep: 365 * day, FailedAttempts: 7 * day,
	}
	always := []string{"account", "sessions", "sign_in_log", "failed_sign_ins", "access_log", "erasures", "backups"}
	for name, c := range map[string]struct {
		set       func(*privacy.Settings)
		more      string // id
		sentences int
	}{
		"nothing":   {func(*privacy.Settings) {}, "", 2},
		"age":       {func(s *privacy.Settings) { s.AskAge = true }, "age", 2},
		"age read":  {func(s *privacy.Settings) { s.ReadAge = true }, "age", 2},
		"terms":     {func(s *privacy.Settings) { s.Terms = true }, "consents", 2},
		"marketing": {func(s *privacy.Settings) { s.Marketing = true }, "consents", 3},
		"tokens":    {func(s *privacy.Settings) { s.ProviderTokens = true }, "provider_tokens", 2},
		"unlinking": {func(s *privacy.Settings) { s.Links.EndedByToken = s.Providers }, "unlink_tokens", 3},
		"ended":     {func(s *privacy.Settings) { s.Links.Ended = s.Providers }, "", 3},
		"stays":     {func(s *privacy.Settings) { s.Links.Stay = s.Providers }, "", 3},
		"revoked":   {func(s *privacy.Settings) { s.Links.TokensRevoked = s.Providers }, "", 3},
		"sign-out":  {func(s *privacy.Settings) { s.HintTokens = s.Providers }, "sign_out_tokens", 2},
		"block":     {func(s *privacy.Settings) { s.RejoinBlock = 30 * day }, "rejoin_block", 2},
		"pictures":  {func(s *privacy.Settings) { s.Pictures = true }, "", 3},
		"hooks":     {func(s *privacy.Settings) { s.AppHooks = true }, "", 3},
	} {
		s := base
		c.set(&s)
		var ids []string
		for _, i := range privacy.Items(s) {
			ids = append(ids, i.ID)
			for _, text := range []i18n.Text{i.Data, i.Purpose, i.Basis, i.Period} {
				if text.Ko == "" || text.En == "" || strings.Contains(text.Ko+text.En, "%!") {
					t.Errorf("%s: %s: %+v", name, i.ID, text)
				}
			}
		}
		want := slices.Clone(always)
		if c.more != "" {
			want = slices.Insert(want, 4, c.more)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%s: %q, want %q", name, ids, want)
		}
		if n := len(privacy.Sentences(s)); n != c.sentences {
			t.Errorf("%s: %d sentences, want %d", name, n, c.sentences)
		}
	}
}

// A policy must not promise a shorter period than the one for which data is kept.
func TestPeriodsAreRoundedUp(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		time.Hour: "1 day", day: "1 day", day + time.Second: "2 days", 92 * day: "92 days",
		106751 * day: "106751 days",
	} {
		for _, i := range privacy.Items(privacy.Settings{LogKeep: d}) {
			if i.ID == "sign_in_log" && i.Period.En != want {
				t.Errorf("%v: %q, want %q", d, i.Period.En, want)
			}
		}
	}
	account := privacy.Items(privacy.Settings{WithdrawGrace: 7 * day})[0].Period
	if account.En != "until withdrawal, and 7 days after it for restoring" || !strings.Contains(account.Ko, "7일") {
		t.Errorf("%+v", account)
	}
}
