package profile

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/web"
)

func marking(t testing.TB) *Consents {
	t.Helper()
	j, err := returnurl.New("https://login.example.test", []string{"https://app.example.test"}, "/")
	if err != nil {
		t.Fatal(err)
	}
	return &Consents{kernel: &web.Kernel{Returns: j}}
}

// The way back tells an app that the person said no, and loses nothing else.
func TestMarked(t *testing.T) {
	s := marking(t)
	long := "/" + strings.Repeat("a", returnurl.MaxLength-1)
	for _, c := range []struct {
		to, declined, plain string
	}{
		{"/", "/?norang_consent=declined", "/"},
		{"/coupons?page=2", "/coupons?page=2&norang_consent=declined", "/coupons?page=2"},
		{"/coupons?norang_consent=declined", "/coupons?norang_consent=declined", "/coupons"},
		{"/a?x=1&norang_consent=declined&y=%26", "/a?x=1&y=%26&norang_consent=declined", "/a?x=1&y=%26"},
		{"/a?x#frag", "/a?x&norang_consent=declined#frag", "/a?x#frag"},
		{"/%EA%B0%80%2Fb?q=%3D", "/%EA%B0%80%2Fb?q=%3D&norang_consent=declined", "/%EA%B0%80%2Fb?q=%3D"},
		{
			"https://app.example.test/x", "https://app.example.test/x?norang_consent=declined",
			"https://app.example.test/x",
		},
		{long, long, long}, // too long with it: the way back is worth more
	} {
		if got := s.declinedURL(c.to); got != c.declined {
			t.Errorf("%.80s declined: %.80s", c.to, got)
		}
		if got := s.givenURL(c.to); got != c.plain {
			t.Errorf("%.80s: %.80s", c.to, got)
		}
	}
}

func FuzzMarked(f *testing.F) {
	for _, seed := range []string{
		"/", "/a?b=c&norang_consent=declined#d", "//evil.example", "https://app.example.test/?x", "/%2e%2e", "/?;&=&",
	} {
		f.Add(seed, true)
	}
	s := marking(f)
	f.Fuzz(func(t *testing.T, raw string, declined bool) {
		to, _ := s.kernel.Returns.Clean(raw)
		got := s.givenURL(to)
		if declined {
			got = s.declinedURL(to)
		}
		again, ok := s.kernel.Returns.Clean(got)
		u, err := url.Parse(got)
		allowed := []string{"", "app.example.test", "login.example.test", "app.example.test:443"}
		if !ok || again != got || err != nil || !slices.Contains(allowed, u.Host) {
			t.Fatalf("%q became %q", to, got)
		}
	})
}

func TestFeatures(t *testing.T) {
	var f features
	if f.add(i18n.Text{}) != "" || f.text("", i18n.Ko) != "" || f.text("x", i18n.En) != "" {
		t.Error("a feature without words")
	}
	both, ko := f.add(i18n.Text{Ko: "생일 쿠폰", En: "Birthday coupons"}), f.add(i18n.Text{Ko: "친구 초대"})
	if both == ko || both != f.add(i18n.Text{Ko: "생일 쿠폰", En: "Birthday coupons"}) {
		t.Errorf("keys %q and %q", both, ko)
	}
	for _, c := range []struct {
		key  string
		lang i18n.Lang
		want string
	}{
		{both, i18n.Ko, "생일 쿠폰"}, {both, i18n.En, "Birthday coupons"},
		{ko, i18n.En, "친구 초대"}, {ko, i18n.Ko, "친구 초대"},
	} {
		if got := f.text(c.key, c.lang); got != c.want {
			t.Errorf("%s in %s: %q", c.key, c.lang, got)
		}
	}
}
