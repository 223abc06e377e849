package idtoken

import (
	"strings"
	"testing"
)

// What a header asks for and is not understood, or has another form, refuses the token before its key is looked up.
func TestHeadersThatAreNotUnderstoodAreRefused(t *testing.T) {
	parse := func(header, body string) error {
		_, err := ParseJWS(enc([]byte(header))+"."+enc([]byte(body))+"."+enc([]byte("signature")), RS256)
		return err
	}
	for _, header := range []string{
		`{"alg":"RS256"}`, `{"alg":"RS256","kid":"` + strings.Repeat("k", 256) + `","typ":"JWT"}`,
	} {
		if err := parse(header, "{}"); err != nil {
			t.Errorf("%.40s: %v", header, err)
		}
	}
	for _, header := range []string{
		`{"alg":"RS256","kid":1}`, `{"alg":"RS256","typ":1}`, `{"alg":"RS256","kid":"` + strings.Repeat("k", 257) + `"}`,
		`{"alg":"RS256","crit":["exp"]}`, `{"alg":"RS256","b64":false}`, `{"alg":"RS256","zip":"DEF"}`,
		`["RS256"]`, "{\"alg\":\"RS256\",\"x\":\"\xff\"}",
	} {
		if parse(header, "{}") == nil {
			t.Errorf("%.40s: accepted", header)
		}
	}
	if parse(`{"alg":"RS256"}`, strings.Repeat("x", MaxLength)) == nil {
		t.Errorf("a token of more than %d bytes: accepted", MaxLength)
	}
}
