package apikey_test

import (
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/apikey"
)

func TestKeysHaveAChecksum(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 50 {
		text, err := apikey.New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile("^"+apikey.Pattern+"$").MatchString(text) || seen[text] {
			t.Errorf("%s", text)
		}
		seen[text] = true
		if _, ok := apikey.HashOf(text); !ok {
			t.Errorf("%s is refused", text)
		}
		for i := range text {
			other := byte('0')
			if text[i] == other {
				other = '1'
			}
			if changed := text[:i] + string(other) + text[i+1:]; valid(changed) {
				t.Errorf("%s is accepted for %s", changed, text)
			}
		}
		for _, wrong := range []string{"", text[1:], text + "0", text[:len(text)-1], " " + text, strings.ToUpper(text),
			strings.Replace(text, "nrg_k_", "nrg_s_", 1)} {
			if valid(wrong) {
				t.Errorf("%q is accepted", wrong)
			}
		}
	}
}

func valid(text string) bool {
	_, ok := apikey.HashOf(text)
	return ok
}

func TestKeysToCreateAreChecked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	good := apikey.Key{Name: "shop", Scopes: []apikey.Scope{apikey.Read}, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	for name, c := range map[string]struct {
		change func(*apikey.Key)
		want   error
	}{
		"good":          {func(*apikey.Key) {}, nil},
		"no name":       {func(k *apikey.Key) { k.Name = "" }, apikey.ErrName},
		"a long name":   {func(k *apikey.Key) { k.Name = strings.Repeat("x", apikey.MaxName+1) }, apikey.ErrName},
		"a line break":  {func(k *apikey.Key) { k.Name = "a\nb" }, apikey.ErrName},
		"no scope":      {func(k *apikey.Key) { k.Scopes = nil }, apikey.ErrScope},
		"unknown scope": {func(k *apikey.Key) { k.Scopes = []apikey.Scope{"admin"} }, apikey.ErrScope},
		"no end":        {func(k *apikey.Key) { k.ExpiresAt = time.Time{} }, apikey.ErrLife},
		"a short life":  {func(k *apikey.Key) { k.ExpiresAt = now.Add(time.Minute) }, apikey.ErrLife},
		"a long life":   {func(k *apikey.Key) { k.ExpiresAt = now.Add(apikey.MaxLife + 1) }, apikey.ErrLife},
	} {
		k := good
		c.change(&k)
		if err := k.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestRequestsThatWereMadeBefore(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	r := apikey.Request{Content: [32]byte{1}, At: now}
	for name, c := range map[string]struct {
		earlier *apikey.Earlier
		answer  string
		err     error
	}{
		"never":          {nil, "", nil},
		"answered":       {&apikey.Earlier{Content: [32]byte{1}, Answer: []byte("a"), At: now.Add(-time.Hour)}, "a", nil},
		"another":        {&apikey.Earlier{Content: [32]byte{2}, Answer: []byte("a"), At: now}, "", apikey.ErrOtherRequest},
		"running":        {&apikey.Earlier{Content: [32]byte{1}, At: now.Add(-time.Second)}, "", apikey.ErrRunning},
		"given up":       {&apikey.Earlier{Content: [32]byte{1}, At: now.Add(-apikey.RunsFor)}, "", nil},
		"clock ahead":    {&apikey.Earlier{Content: [32]byte{1}, At: now.Add(9 * time.Hour)}, "", nil},
		"clock behind":   {&apikey.Earlier{Content: [32]byte{1}, At: now.Add(time.Second)}, "", apikey.ErrRunning},
		"long ago":       {&apikey.Earlier{Content: [32]byte{2}, At: now.Add(-apikey.RememberFor)}, "", nil},
		"another, early": {&apikey.Earlier{Content: [32]byte{2}, At: now.Add(-time.Second)}, "", apikey.ErrOtherRequest},
	} {
		answer, err := r.Decide(c.earlier)
		if string(answer) != c.answer || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", name, answer, err)
		}
	}
}
