package config

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// TestPipeIsReadOnce: doctor reads the settings, and then where their secrets are from.
func TestPipeIsReadOnce(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fmt.Fprintln(w, "[kakao]\nclient_secret_file = \"/nowhere/secret\"\napp_id = 1234")
	w.Close()
	src := Sources{File: fmt.Sprintf("/dev/fd/%d", r.Fd()), Pipes: new(Pipes)}
	for range 2 {
		if s, _, _ := Load(src); s.Kakao.AppID != 1234 {
			t.Errorf("app id %d", s.Kakao.AppID)
		}
	}
	if files := SecretFiles(src); !slices.Equal(files, []string{"/nowhere/secret"}) {
		t.Errorf("secret files: %q", files)
	}
}
