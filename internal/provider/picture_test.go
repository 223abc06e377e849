package provider

import (
	"strings"
	"testing"
)

func TestXS03_PicturesOfOtherSchemesAreDropped(t *testing.T) {
	t.Parallel()
	const emulator = "http://127.0.0.1:5006"
	for text, want := range map[string]bool{
		"https://pictures.example/a=s96-c": true, "http://pictures.example/a": false, "javascript:alert(1)": false,
		"https://u@x/a": false, "https://x/" + strings.Repeat("a", 500): false, "": false, "https://x/a b": false,
		emulator + "/picture/hana": true, "http://127.0.0.1:5007/picture/hana": false,
	} {
		if got := Picture(text, emulator); got != "" && got != text || got != "" != want {
			t.Errorf("%.60s: %q", text, got)
		}
	}
	if Picture("http://pictures.example/a", "") != "" {
		t.Error("http was accepted without an emulator")
	}
}
