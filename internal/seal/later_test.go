package seal

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// looksAgain makes the next failure look at the file.
func looksAgain(k *Keyring) {
	k.later.mu.Lock()
	defer k.later.mu.Unlock()
	k.later.looked = time.Time{}
}

// OP-07: a key that is added while a service runs opens there but does not seal.
func TestOP07_LaterKeyOpensButDoesNotSeal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	running, _, err := LoadOrCreate(path, time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seals, signs := running.Sealer("x"), running.Signer("x")
	if _, err := Rotate(path, time.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	restarted, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	looksAgain(running)
	fromNew := restarted.Sealer("x").Seal([]byte("secret"), "b")
	if plain, err := seals.Open(fromNew, "b"); err != nil || string(plain) != "secret" {
		t.Errorf("%q, %v", plain, err)
	}
	if id := seals.MissingKey(fromNew); id != "" {
		t.Errorf("the later key %s is missing", id)
	}
	if _, err := seals.Open(fromNew, "other"); err != ErrOpen {
		t.Errorf("with other bindings: %v", err)
	}
	if _, err := running.Sealer("y").Open(fromNew, "b"); err != ErrOpen {
		t.Errorf("for another purpose: %v", err)
	}
	if !signs.Verify([]byte("m"), restarted.Signer("x").Sign([]byte("m"))) || signs.Verify([]byte("n"),
		restarted.Signer("x").Sign([]byte("m"))) {
		t.Error("codes of the later key are verified wrongly")
	}
	if seals.KeyID() == restarted.Sealer("x").KeyID() {
		t.Error("the running service seals with the new key")
	}
	if plain, err := restarted.Sealer("x").Open(seals.Seal([]byte("old"), "b"), "b"); err != nil ||
		string(plain) != "old" {
		t.Errorf("value of the running service: %q, %v", plain, err)
	}
}

// An invalid or missing file does not affect a running service, and the file is not read at every failure.
func TestInvalidLaterFileIsIgnored(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	running, _, err := LoadOrCreate(path, time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	reports := 0
	running.OnUnreadable(func(error) { reports++ })
	s := running.Sealer("x")
	stranger, err := New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	foreign := stranger.Sealer("x").Seal([]byte("p"), "b")
	own := s.Seal([]byte("p"), "b")
	for _, breaks := range []struct {
		what string
		do   func() error
	}{
		{"nonsense", func() error { return os.WriteFile(path, []byte("nonsense"), 0o600) }},
		{"a weak key", func() error { return os.WriteFile(path, []byte(line(time.Now(), [keyLen]byte{})), 0o600) }},
		{"gone", func() error { return os.Remove(path) }},
	} {
		if err := breaks.do(); err != nil {
			t.Fatal(err)
		}
		reports = 0
		for range 3 {
			looksAgain(running)
			if _, err := s.Open(foreign, "b"); err != ErrOpen {
				t.Errorf("%s: %v", breaks.what, err)
			}
		}
		if reports != 1 {
			t.Errorf("%s: %d reports", breaks.what, reports)
		}
		if _, err := s.Open(own, "b"); err != nil {
			t.Errorf("%s: own value: %v", breaks.what, err)
		}
	}
	if err := os.WriteFile(path, []byte(line(time.Now(), stranger.keys[0].secret)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(foreign, "b"); err != ErrOpen {
		t.Error("the file was looked at again within a second")
	}
	looksAgain(running)
	if _, err := s.Open(foreign, "b"); err != nil {
		t.Errorf("after a second: %v", err)
	}
}
