package provider

import (
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

// The particle after a name in Latin letters follows the sound that Koreans give to it.
func TestWordsTakeTheParticleOfTheSound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ label, spoken, with, subject string }{
		{"LINE", "라인", "LINE으로", "LINE이"}, {"Google", "구글", "Google로", "Google이"},
		{"카카오", "", "카카오로", "카카오가"}, {"Okta", "", "Okta(으)로", "Okta(이)가"},
	} {
		info := Info{Label: i18n.Text{Ko: c.label, En: c.label}, Spoken: c.spoken}
		words := info.Words(i18n.Ko)
		if got := i18n.Arg("provider로", words); got != c.with {
			t.Errorf("%q, want %q", got, c.with)
		}
		if got := i18n.Arg("provider가", words); got != c.subject {
			t.Errorf("%q, want %q", got, c.subject)
		}
		if got := i18n.Arg("provider로", info.Words(i18n.En)); got != c.label {
			t.Errorf("English: %q, want %q", got, c.label)
		}
	}
}
