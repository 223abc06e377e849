package emulator

import (
	"fmt"
	"net/url"
	"slices"
)

// secretParams are logged by length only.
var secretParams = []string{
	"client_secret", "code", "access_token", "refresh_token", "token", "id_token", "id_token_hint", "code_verifier", "tx",
	"state", "user", "payload", "client_assertion",
}

func loggedParams(form url.Values) map[string]string {
	out := map[string]string{}
	for name, values := range form {
		if len(out) == 30 {
			break
		}
		for _, v := range values[:min(len(values), 1)] {
			if slices.Contains(secretParams, name) {
				v = fmt.Sprintf("(%d characters)", len(v))
			}
			out[Clip(name, 60)] = Clip(v, 300)
		}
	}
	return out
}

// Requests returns the request log, oldest first, without the control pages.
func (s *Server) Requests() []Request { return s.log.All() }
