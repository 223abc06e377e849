package kakaotest

import (
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Request is an entry of the request log. Parameters that could be secret are replaced by their length.
type Request struct {
	ID         int64             `json:"id"`       // counts from 1
	Time       time.Time         `json:"time"`     // by the emulator's clock
	Endpoint   string            `json:"endpoint"` // as in [Endpoints]; empty for an unknown path
	Method     string            `json:"method"`
	Path       string            `json:"path"`
	App        int64             `json:"app,omitempty"`     // if known
	Account    string            `json:"account,omitempty"` // if known
	Params     map[string]string `json:"params,omitempty"`
	Auth       string            `json:"auth,omitempty"`       // scheme of the Authorization header
	Status     int               `json:"status"`               // 0 if the connection was cut
	Code       string            `json:"code,omitempty"`       // KOE320, -401, or access_denied of a redirect
	Message    string            `json:"message,omitempty"`    // what Kakao says, or what the emulator knows instead
	MessageKO  string            `json:"message_ko,omitempty"` // in Korean, unless Kakao says it
	Cause      string            `json:"cause,omitempty"`      // in Korean
	CauseEN    string            `json:"cause_en,omitempty"`
	Menu       string            `json:"menu,omitempty"` // in Kakao's console
	Hint       string            `json:"hint,omitempty"` // what to change, if known
	HintEN     string            `json:"hint_en,omitempty"`
	Registered []string          `json:"registered,omitempty"` // redirect URIs, if that of the request is not among them
	Scenario   string            `json:"scenario,omitempty"`   // the scenario or chaos that affected the call
	ScenarioKO string            `json:"scenario_ko,omitempty"`
	Took       time.Duration     `json:"took_ns"`
}

func newRequestLog(size int) *emulator.Journal[Request] {
	return emulator.NewJournal(size, func(r *Request) *int64 { return &r.ID })
}

// Requests returns the request log, oldest first. It leaves out the emulator's own pages under /-/.
func (s *Server) Requests() []Request { return s.world.log.All() }
