package config

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/seal"
)

// The content of a key file has comments, blanks and, after a rotation, several keys.
func TestKeysFromSecretStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, toml := filepath.Join(dir, "norang.keys"), filepath.Join(dir, "norang.toml")
	if err := seal.Create(file, time.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Rotate(file, time.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(toml, []byte("keys_text = \"\"\"\n"+string(b)+"\"\"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, sources := range map[string]Sources{
		"value":            {Environ: []string{"NORANG_KEYS_TEXT=" + string(b)}},
		"value of a shell": {Environ: []string{"NORANG_KEYS_TEXT=" + strings.TrimSpace(string(b))}},
		"lines of Windows": {Environ: []string{"NORANG_KEYS_TEXT=" + strings.ReplaceAll(string(b), "\n", "\r\n")}},
		"file":             {Environ: []string{"NORANG_KEYS_TEXT_FILE=" + file}},
		"flag":             {Flags: map[string]string{"NORANG_KEYS_TEXT_FILE": file}},
		"settings file":    {File: toml},
	} {
		s, _, err := Load(sources)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if ring, err := seal.Parse(s.KeysText); err != nil || ring.Len() != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Load(Sources{Environ: []string{"NORANG_KEYS_TEXT=seal \x07"}}); err == nil {
		t.Error("accepted another control character")
	}
}

// The private key of Apple is a text of several lines, from the environment, a file or norang.toml.
func TestTextWithLineBreaks(t *testing.T) {
	t.Parallel()
	key, dir := appletest.DefaultPrivateKey(), t.TempDir()
	p8, toml := filepath.Join(dir, "AuthKey.p8"), filepath.Join(dir, "norang.toml")
	for name, text := range map[string]string{p8: key, toml: "[apple]\nprivate_key = \"\"\"\n" + key + "\"\"\"\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, sources := range []Sources{
		{Environ: []string{"APPLE_PRIVATE_KEY=" + key}}, {Environ: []string{"APPLE_PRIVATE_KEY_FILE=" + p8}},
		{File: toml}, {Flags: map[string]string{"APPLE_PRIVATE_KEY_FILE": p8}},
	} {
		s, _, err := Load(sources)
		if err != nil || len(s.Apple.PrivateKey) < len(key)-1 {
			t.Errorf("%v: %d bytes", err, len(s.Apple.PrivateKey))
		}
	}
	if _, _, err := Load(Sources{Environ: []string{"APPLE_PRIVATE_KEY=a\x07b"}}); err == nil {
		t.Error("accepted another control character")
	}
	if _, _, err := Load(Sources{Environ: []string{"APPLE_KEY_ID=a\nb"}}); err == nil {
		t.Error("accepted a line break in a key id")
	}
}
