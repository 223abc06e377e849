package oidc

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "s3cret-token"
	token := Token{AccessToken: text, RefreshToken: text, IDToken: text}
	raw, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	out := string(raw)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out += fmt.Sprintf(verb+verb, Secret(text), token)
	}
	if strings.Contains(out, text) || strings.Contains(out, fmt.Sprintf("%x", text)) || !strings.Contains(out, redacted) {
		t.Error(out)
	}
	if !Secret("a").Equal("a") || Secret("a").Equal("b") || Secret("").Equal("") {
		t.Error("Equal")
	}
}
