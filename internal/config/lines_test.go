package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
)

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
