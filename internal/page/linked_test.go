package page

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

// With several providers the pages about linked accounts name those that they are about, not the one of the session.
func TestLinkedAccountsNameTheirProviders(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	other := sampleProvider()
	other.Name, other.Label, other.Spoken = "other", i18n.Text{Ko: "Other", En: "Other"}, "아더"
	other.Account = i18n.Text{Ko: "Other 계정", En: "Other account"}
	cfg.Providers = append(cfg.Providers, other)
	r := newRenderer(t, cfg)
	own := sampleProvider()
	frame := Frame{Lang: i18n.En, Path: "/auth/account/links"}
	w := Withdraw{Frame: frame, Linked: []string{own.Name, "other", own.Name}}
	if body := render(t, r, w); !strings.Contains(body, "disconnect "+own.Label.En+", Other and delete") {
		t.Error(body)
	}
	before := Join{Frame: Frame{Lang: i18n.Ko, Path: "/auth/join"}, Before: "other"}
	if body := render(t, r, before); !strings.Contains(body, "Other로 로그인했어요") || strings.Contains(body, "(으)") {
		t.Error(body)
	}
}
