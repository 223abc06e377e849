package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const text = "s3cret-token"
	tokens := Tokens{Access: text, Refresh: text, ID: text}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+"\n", Secret(text), tokens)
	}
	raw, err := json.Marshal(tokens)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", Secret(text), "tokens", tokens)
	for _, got := range []string{out.String(), string(raw), log.String()} {
		if strings.Contains(got, text) || strings.Contains(got, fmt.Sprintf("%x", text)) {
			t.Errorf("secret printed: %s", got)
		}
		if !strings.Contains(got, "[redacted]") {
			t.Errorf("secret not marked as redacted: %s", got)
		}
	}
	if Secret(text).Reveal() != text || Secret("").String() != "" {
		t.Error("Reveal or the empty secret")
	}
}
