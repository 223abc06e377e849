package proxies

import (
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// The longest key arrives whole, next to a signed assertion of the same facts.
func TestFA12_LongestKeyArrivesWhole(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "/")
		id, _ := b.session()
		ref := strings.Repeat("가", 84) + "끝"
		if err := w.svc.Users().SetRef(t.Context(), id, ref); err != nil {
			t.Fatal(err)
		}
		got := b.received(b.request("GET", "/my", nil)).Headers["HTTP_X_NORANG_REF"]
		if got == nil {
			got = b.received(b.request("GET", "/my", nil)).Headers["X_NORANG_REF"]
		}
		if text, err := url.PathUnescape(strings.Join(got, "|")); err != nil || text != ref {
			t.Errorf("arrived as %q (%v)", got, err)
		}
	}, func(c *norang.Config) { c.AssertionAudience = "app" })
}
