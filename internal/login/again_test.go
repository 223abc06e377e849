package login

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
)

// elsewhere is a provider whose app may come back in another browser.
type elsewhere struct{ provider.Provider }

func (elsewhere) Info() provider.Info { return provider.Info{ReturnsElsewhere: true} }

func (elsewhere) Complete(context.Context, provider.Callback) (*provider.Result, error) {
	return nil, errors.New("not called")
}

func TestSignInIsStartedAgainOnceWithoutItsAttempt(t *testing.T) {
	t.Parallel()
	keys, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &Flow{
		cfg:      Config{Now: func() time.Time { return began }},
		routes:   map[string]Route{"app": {Provider: elsewhere{}}},
		attempts: keys.Sealer(sealPurpose), marks: marker{keys.Signer("same browser")},
	}
	held := func(change func(*attempt)) map[string]string {
		a := newTestAttempt(t, began, "/from")
		a.Provider = "app"
		change(a)
		return map[string]string{a.name(): a.sealed(f.attempts)}
	}
	stranger, retried := newTestAttempt(t, began, "/"), newTestAttempt(t, began, "/")
	f.marks.mark(&retried.State)
	for name, c := range map[string]struct {
		provider, state string
		held            map[string]string
		want            bool
		returnTo        string
	}{
		"another browser":           {"app", stranger.state(), nil, true, ""},
		"a state of its own":        {"app", "odd", held(func(*attempt) {}), true, "/from"},
		"an attempt elsewhere":      {"app", "odd", held(func(a *attempt) { a.Provider = "else" }), true, ""},
		"again without cookies":     {"app", retried.state(), nil, false, ""},
		"again with an odd state":   {"app", "odd", held(func(a *attempt) { f.marks.mark(&a.State) }), false, ""},
		"while linking":             {"app", "odd", held(func(a *attempt) { a.Purpose = Link }), false, ""},
		"no state":                  {"app", "", nil, false, ""},
		"a provider that is not on": {"off", stranger.state(), nil, false, ""},
	} {
		out, err := f.Finish(t.Context(), FinishRequest{
			Provider: c.provider, Query: url.Values{"state": {c.state}, "code": {"c"}}, Held: c.held,
		})
		if err == nil || (out.Again != nil) != c.want {
			t.Errorf("%s: %+v, %v", name, out.Again, err)
			continue
		}
		if c.want && (!out.Again.SameBrowser || c.returnTo != "" && out.Again.ReturnTo[0] != c.returnTo) {
			t.Errorf("%s: %+v", name, out.Again)
		}
	}
}
