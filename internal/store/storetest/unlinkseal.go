package storetest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/withdrawal"
)

// unlinkResealed rotates the key while open, dead and done jobs hold tokens, and then removes the old key.
func unlinkResealed(t *testing.T, w world) {
	file := filepath.Join(t.TempDir(), "keys")
	if err := seal.Create(file, noon, rand.Reader); err != nil {
		t.Fatal(err)
	}
	sealer := func() *provider.TokenSealer {
		ring, err := seal.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		return provider.NewTokenSealer(ring)
	}
	old := sealer()
	key := func(n int) account.Key {
		return account.Key{Provider: "pear", Namespace: "TEAM", Subject: fmt.Sprint(n)}
	}
	const open, others = 120, 4 // more than one batch
	for n := range open + others {
		u := withdrawal.Unlink{Key: key(n)}
		for i := range 2 {
			text, _, err := old.Seal(u.Key, provider.Tokens{Access: provider.Secret(fmt.Sprint("token ", i))})
			if err != nil {
				t.Fatal(err)
			}
			u.Tokens = append(u.Tokens, withdrawal.SealedTokens{Sealed: text, AccessExpiresAt: noon})
		}
		at := noon.Add(-time.Hour) // before the open ones
		switch n {
		case open: // dead
		case open + 1: // done
		case open + 2:
			u.Tokens = nil
		case open + 3:
			u.Tokens[0].Sealed, u.Tokens[1].Sealed = "torn", ""
		default:
			at = noon
		}
		payload, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		w.queue(t, jobs.New{Kind: withdrawal.UnlinkJob, Key: fmt.Sprint(n), Payload: string(payload), At: at})
	}
	for _, j := range claimJobs(t, w.Store, noon.Add(-time.Minute), 10) {
		if state := map[string]jobs.State{fmt.Sprint(open): jobs.Dead, fmt.Sprint(open + 1): jobs.Done}[j.Key]; state != "" {
			if err := settleJob(t, w.Store, j, state, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := seal.Rotate(file, noon, rand.Reader); err != nil {
		t.Fatal(err)
	}
	current := sealer()
	for _, want := range []int{open + 1, 0} {
		if n, err := withdrawal.ResealUnlinks(t.Context(), w.Other, current); n != want || err != nil {
			t.Errorf("ResealUnlinks = %d, %v; want %d", n, err, want)
		}
	}
	all, err := w.Store.UnlinkJobs(t.Context(), "", 2*open)
	if err != nil || len(all) != open+others-1 {
		t.Fatalf("%d unlink jobs, %v", len(all), err)
	}
	for _, j := range all {
		var u withdrawal.Unlink
		if err := j.Read(&u); err != nil {
			t.Fatal(err)
		}
		for i, sealed := range u.Tokens {
			got, err := current.Open(u.Key, sealed.Sealed)
			token := provider.Secret(fmt.Sprint("token ", i))
			if torn := u.Key == key(open+3); torn == (err == nil) ||
				!torn && (got.Access != token || !current.Current(sealed.Sealed) || sealed.KeyID != current.KeyID() ||
					!sealed.AccessExpiresAt.Equal(noon)) {
				t.Errorf("job %s: %+v, %v", j.Key, sealed, err)
			}
		}
	}
	stale := all[0]
	stale.Payload = "{}"
	if ok, err := w.Store.ReplaceUnlink(t.Context(), stale, "[]"); ok || err != nil {
		t.Errorf("a payload that has changed was replaced: %t, %v", ok, err)
	}
}
