package oauthclient

import "testing"

func TestSecretsAreCompared(t *testing.T) {
	t.Parallel()
	if s := Secret("a"); !s.Equal("a") || s.Equal("b") || Secret("").Equal("") {
		t.Error("Equal")
	}
}
