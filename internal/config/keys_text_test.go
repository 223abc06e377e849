package config

import "testing"

// Both are named only if neither is given.
func TestUnreadableKeysTextIsNoMissingKeyFile(t *testing.T) {
	t.Parallel()
	s, _, err := Load(Sources{Environ: []string{"NORANG_DATABASE=postgres://localhost/norang",
		"NORANG_KEYS_TEXT_FILE=" + t.TempDir() + "/none"}})
	known, ok := err.(Errors)
	if !ok || len(known) != 1 {
		t.Fatalf("loaded: %v", err)
	}
	for want, known := range map[bool]Errors{true: nil, false: known} {
		found := false
		for _, e := range s.Unusable(s.Config.Check(), known) {
			found = found || e.Setting == "NORANG_KEYS"
		}
		if found != want {
			t.Errorf("with %v: NORANG_KEYS is an error: %t", known, found)
		}
	}
}
