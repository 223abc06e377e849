package kakao

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

// Kakao's design guide: the label, the black bubble, which screen readers skip, and the colours.
func TestButtonFollowsTheDesignGuide(t *testing.T) {
	b := (&Provider{}).Info().Button
	if b.Text != (i18n.Text{Ko: "카카오 로그인", En: "Login with Kakao"}) {
		t.Errorf("label %+v", b.Text)
	}
	if b.Background != "#fee500" || b.Color != "rgb(0 0 0 / 85%)" {
		t.Errorf("%s on %s", b.Color, b.Background)
	}
	for _, part := range []string{"<svg ", `fill="#000000"`, `aria-hidden="true"`, "</svg>"} {
		if !strings.Contains(b.Logo, part) {
			t.Errorf("the logo lacks %s: %s", part, b.Logo)
		}
	}
}
