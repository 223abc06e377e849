package seal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

var testTime = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)

func TestSealedValueOpensOnlyForItsPurposeAndBindings(t *testing.T) {
	t.Parallel()
	k, err := New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	attempt, join := k.Sealer("attempt"), k.Sealer("join")
	text := attempt.Seal([]byte("hello"), "cookie-a")
	if got, err := attempt.Open(text, "cookie-a"); err != nil || string(got) != "hello" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if _, err := attempt.Open(text, "cookie-b"); !errors.Is(err, ErrOpen) {
		t.Errorf("another binding opened: %v", err)
	}
	if _, err := join.Open(text, "cookie-a"); !errors.Is(err, ErrOpen) {
		t.Errorf("another purpose opened: %v", err)
	}
	if text == attempt.Seal([]byte("hello"), "cookie-a") {
		t.Error("sealing the same value twice gives the same text")
	}
}

func TestAlteredTextDoesNotOpen(t *testing.T) {
	t.Parallel()
	k, _ := New(rand.Reader)
	s := k.Sealer("attempt")
	text := s.Seal([]byte("hello"), "")
	for i := range text {
		for _, c := range []byte("A_9") {
			altered := text[:i] + string(c) + text[i+1:]
			if altered == text {
				continue
			}
			if _, err := s.Open(altered, ""); err == nil {
				t.Fatalf("opened with character %d altered", i)
			}
		}
	}
	for _, bad := range []string{"", "A", text + "=", text + "A", " " + text, text[:len(text)-1],
		strings.Repeat("A", 100)} {
		if _, err := s.Open(bad, ""); err == nil {
			t.Errorf("opened %q", bad)
		}
	}
}

// OP-07: a new key is added in front of the old one, then the old one is removed.
func TestOP07_KeyRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keys")
	old, created, err := LoadOrCreate(path, testTime, rand.Reader)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	text, code := old.Sealer("x").Seal([]byte("before"), ""), old.Signer("x").Sign([]byte("m"))

	if n, err := Rotate(path, testTime, rand.Reader); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	both, err := Load(path)
	if err != nil || both.Len() != 2 {
		t.Fatal(both, err)
	}
	if got, err := both.Sealer("x").Open(text, ""); err != nil || string(got) != "before" {
		t.Errorf("value sealed by the old key: %q, %v", got, err)
	}
	if !both.Signer("x").Verify([]byte("m"), code) {
		t.Error("code of the old key is not valid")
	}
	if old.Sealer("x").KeyID() == both.Sealer("x").KeyID() {
		t.Error("the new ring still seals with the old key")
	}
	text2, _ := os.ReadFile(path)
	lines := strings.SplitAfter(string(text2), "\n")
	write(t, path, strings.Join(lines[:3], ""), 0o600) // the preface and the new key
	only, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := only.Sealer("x").Open(text, ""); !errors.Is(err, ErrOpen) {
		t.Errorf("a removed key still opens: %v", err)
	}
	if id := only.Sealer("x").MissingKey(text); id != old.Sealer("x").KeyID() {
		t.Errorf("the removed key is %q", id)
	}
	for _, text := range []string{"", "AAAA", "not base64", only.Sealer("x").Seal([]byte("new"), "")} {
		if id := only.Sealer("x").MissingKey(text); id != "" {
			t.Errorf("%q misses the key %s", text, id)
		}
	}
}

// OP-02
func TestOP02_InvalidKeyFilesAreRefused(t *testing.T) {
	t.Parallel()
	good := "seal 2026-11-22T03:04:05Z 3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs\n"
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		want       error
	}{
		{"readable by all", good, 0o644, ErrMode},
		{"writable by the group", good, 0o620, ErrMode},
		{"empty", "# nothing\n", 0o600, ErrNoKey},
		{"zeros", "seal 2026-11-22T03:04:05Z " + strings.Repeat("A", 43) + "\n", 0o600, ErrBadKey},
		{"short", "seal 2026-11-22T03:04:05Z changeme\n", 0o600, ErrBadKey},
		{"unknown kind", "sael 2026-11-22T03:04:05Z x\n", 0o600, ErrBadLine},
		{"no time", "seal yesterday x\n", 0o600, ErrBadLine},
		{"too many", strings.Repeat(good, maxKeys+1), 0o600, ErrManyKeys},
		{"huge", strings.Repeat("# x\n", maxFileSize), 0o600, ErrBadLine},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys")
			write(t, path, c.text, c.mode)
			_, err := Load(path)
			if !errors.Is(err, c.want) {
				t.Fatalf("Load = %v, want %v", err, c.want)
			}
			if m := i18n.Message(err); m.Ko == m.En || !strings.Contains(m.Ko, path) || !strings.Contains(m.En, path) {
				t.Errorf("not in both languages with the file: %+v", m)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "keys")
	for _, mode := range []os.FileMode{0o600, 0o400, 0o440} {
		write(t, path, good, 0o600)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err != nil {
			t.Errorf("a good file of mode %04o: %v", mode, err)
		}
	}
}

func TestKeyFileIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	if err := Create(path, testTime, rand.Reader); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if err := Create(path, testTime, rand.Reader); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second Create: %v", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file changed")
	}
	write(t, path, "seal broken\n", 0o600)
	if _, err := Rotate(path, testTime, rand.Reader); !errors.Is(err, ErrBadLine) {
		t.Errorf("Rotate of a broken file: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(path, testTime, rand.Reader); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Rotate of a missing file: %v", err)
	}
}

func TestRotateReplacesThePrefaceInAnyWording(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	key := "seal 2026-11-22T03:04:05Z 3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs\n"
	for _, old := range []string{
		preface,
		"# Keys of norang. Whoever has this file can sign in as anybody: keep it secret, keep a copy.\n" +
			"# The first line seals; lines below it still open what they sealed.\n",
		"",
	} {
		write(t, path, old+key, 0o600)
		if _, err := Rotate(path, testTime, rand.Reader); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(text), preface) || !strings.HasSuffix(string(text), key) ||
			strings.Count(string(text), "\n") != 4 {
			t.Errorf("%v: %s", err, text)
		}
	}
}

func TestRotationsAtOnceLoseNoKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	if err := Create(path, testTime, rand.Reader); err != nil {
		t.Fatal(err)
	}
	const rotations = 8
	var wg sync.WaitGroup
	for range rotations {
		wg.Go(func() {
			if _, err := Rotate(path, testTime, rand.Reader); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if k, err := Load(path); err != nil || k.Len() != 1+rotations {
		t.Errorf("%d keys after %d rotations, %v", k.Len(), rotations, err)
	}
}

func TestProcessesThatStartTogetherShareOneKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	rings := make([]*Keyring, 8)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			var err error
			if rings[i], _, err = LoadOrCreate(path, testTime, rand.Reader); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	text := rings[0].Sealer("x").Seal([]byte("shared"), "")
	for i, k := range rings {
		if _, err := k.Sealer("x").Open(text, ""); err != nil {
			t.Errorf("ring %d has another key", i)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".norang-keys-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPrintingAKeyringShowsNoKey(t *testing.T) {
	t.Parallel()
	k, _ := New(strings.NewReader("0123456789abcdefghijklmnopqrstuvwxyz"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, k); got != "seal.Keyring(1 keys)" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func FuzzOpen(f *testing.F) {
	k, _ := New(strings.NewReader("0123456789abcdefghijklmnopqrstuvwxyz"))
	s := k.Sealer("attempt")
	f.Add(s.Seal([]byte("hello"), "b"), "b")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, text, bindings string) {
		plain, err := s.Open(text, bindings)
		if err != nil {
			return
		}
		// Only the seed opens.
		if string(plain) != "hello" || bindings != "b" {
			t.Fatalf("opened %q with %q", text, bindings)
		}
	})
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
