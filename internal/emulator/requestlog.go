package emulator

import (
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Request is an entry of the request log. Parameters that could be secret are replaced by their length.
type Request struct {
	ID       int64             `json:"id"`   // counts from 1
	Time     time.Time         `json:"time"` // by the emulator's clock
	Endpoint string            `json:"endpoint"`
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Account  string            `json:"account,omitempty"` // if known
	Params   map[string]string `json:"params,omitempty"`
	Auth     string            `json:"auth,omitempty"` // scheme of the Authorization header
	Status   int               `json:"status"`
	Code     string            `json:"code,omitempty"` // the error, or the error of a redirect
	Why      string            `json:"why,omitempty"`  // what was wrong, which the provider would not say
	Scenario string            `json:"scenario,omitempty"`
	Took     time.Duration     `json:"took_ns"`
}

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
