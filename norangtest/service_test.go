package norangtest

import (
	"reflect"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestNoLimitsLeavesNoRate(t *testing.T) {
	t.Parallel()
	limits := reflect.ValueOf(noLimits())
	for i := range limits.NumField() {
		if r, ok := limits.Field(i).Interface().(norang.Rate); ok && r.PerMinute >= 0 {
			t.Errorf("%s is %+v", limits.Type().Field(i).Name, r)
		}
	}
}

// New accepts a URL with a slash at its end.
func TestEmulateAcceptsASlashAfterTheHost(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	cfg := Emulate(emu, norang.Config{URL: "http://localhost:8080/"})
	if k := cfg.Kakao; k.RedirectURI != "http://localhost:8080/oauth/kakao/callback" ||
		k.SignoutRedirectURI != "http://localhost:8080/oauth/kakao/signout/callback" {
		t.Errorf("%q %q", k.RedirectURI, k.SignoutRedirectURI)
	}
}
