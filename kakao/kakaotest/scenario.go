package kakaotest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/kakao/koe"
)

// Scenario is a scripted fault: which calls it applies to, and what happens to them. Zero members select any call and
// change nothing. If several scenarios apply to a call, the first one scripted is used.
type Scenario struct {
	Name string `toml:"name" json:"name"` // shown in the request log; default what it does

	Endpoint string `toml:"endpoint" json:"endpoint"` // as in [Endpoints]; empty means all but pages
	App      int64  `toml:"app" json:"app"`           // app id
	Account  string `toml:"account" json:"account"`   // persona id
	Skip     int    `toml:"skip" json:"skip"`         // matching calls to skip first
	Times    int    `toml:"times" json:"times"`       // calls to affect: 0 is one, -1 is all

	// Code is the error to respond with, one of [Codes].
	Code    string            `toml:"code" json:"code"`
	Message string            `toml:"message" json:"message"` // in place of the usual description
	Status  int               `toml:"status" json:"status"`   // HTTP status, alone or in place of that of Code
	Header  map[string]string `toml:"header" json:"header"`   // set on the response
	Body    string            `toml:"body" json:"body"`       // in place of the usual one
	Type    string            `toml:"content_type" json:"content_type"`
	// SetJSON and RemoveJSON change members of a JSON response. Names are dotted paths such as "kakao_account.email".
	SetJSON    map[string]any `toml:"set_json" json:"set_json"`
	RemoveJSON []string       `toml:"remove_json" json:"remove_json"`
	DoubleJSON map[string]any `toml:"double_json" json:"double_json"` // top-level members written twice

	Delay   Duration `toml:"delay" json:"delay"`       // before the response, by the machine's clock
	Hang    bool     `toml:"hang" json:"hang"`         // no response, for at most two minutes
	Trickle Duration `toml:"trickle" json:"trickle"`   // between the bytes of the body
	Cut     bool     `toml:"cut" json:"cut"`           // close the connection in place of a response
	CutBody int      `toml:"cut_body" json:"cut_body"` // close it after this many bytes of the body
	Pad     int64    `toml:"pad" json:"pad"`           // blanks appended to the body
	Gzip    bool     `toml:"gzip" json:"gzip"`         // compress the body

	// After does the work first and then breaks the response, so that a code is used or a link ended. Without it,
	// Code, Status, Body, Hang and Cut replace the work. Changes to JSON and ID tokens always apply to the real
	// response.
	After      bool `toml:"after" json:"after"`
	RotateKeys bool `toml:"rotate_keys" json:"rotate_keys"` // right before the call

	IDToken *IDTokenFault `toml:"id_token" json:"id_token"`
}

// Duration is a time.Duration with the text form "1.5s" in files and JSON.
type Duration time.Duration

// MarshalText formats d as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText parses "1.5s", or days such as "7d".
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := emulator.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// script is a scenario with its counters.
type script struct {
	id int
	Scenario
	matched, affected int // calls
}

// faultAPI is the part of [Server] about scripted and random faults.
type faultAPI struct{ w *world }

// Script adds scenarios. If any of them is invalid, it adds none and reports everything that is wrong.
func (s *faultAPI) Script(scenarios ...Scenario) error {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	var faults []error
	for i, sc := range scenarios {
		if err := errors.Join(checkScenario(sc), w.accounts.check(sc.Account), w.apps.check(sc.App)); err != nil {
			faults = append(faults, emulator.Errorf("시나리오 %d: %v", "scenario %d: %v", i+1, err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if len(w.faults.scripts)+len(scenarios) > maxScripts {
		return emulator.Errorf("시나리오는 한 번에 %d개까지입니다", "more than %d scenarios at once", maxScripts)
	}
	for _, sc := range scenarios {
		w.faults.lastID++
		w.faults.scripts = append(w.faults.scripts, &script{id: w.faults.lastID, Scenario: sc})
	}
	return nil
}

const maxScripts = 1000

// ClearScenarios removes all scenarios.
func (s *faultAPI) ClearScenarios() {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.faults.scripts = nil
}

// Scenarios returns the scenarios that have not been used up.
func (s *faultAPI) Scenarios() []Scenario {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	out := make([]Scenario, 0, len(s.w.faults.scripts))
	for _, sc := range s.w.faults.scripts {
		out = append(out, sc.Scenario)
	}
	return out
}

func checkScenario(sc Scenario) error {
	faults := []error{checkEndpoint(sc.Endpoint)}
	if sc.Code != "" && !slices.Contains(Codes(), sc.Code) {
		faults = append(faults, emulator.Errorf("모르는 code입니다: %q%s", "unknown code %q%s", sc.Code, oneOf(Codes())))
	}
	if sc.Pad < 0 || sc.Pad > 16<<30 {
		faults = append(faults, emulator.Errorf("pad는 0에서 16 GiB까지입니다: %d",
			"pad must be between 0 and 16 GiB, got %d", sc.Pad))
	}
	if sc.CutBody < 0 {
		faults = append(faults, emulator.Errorf("cut_body는 0 이상이어야 합니다: %d",
			"cut_body must not be negative, got %d", sc.CutBody))
	}
	faults = append(faults, emulator.CheckCalls(sc.Skip, sc.Times), emulator.CheckStatus(sc.Status),
		emulator.CheckDelay("delay", time.Duration(sc.Delay)), emulator.CheckDelay("trickle", time.Duration(sc.Trickle)),
		emulator.CheckHeader("header", sc.Header), emulator.CheckValue("content_type", sc.Type),
		emulator.CheckNames("set_json", sortedNames(sc.SetJSON)...), emulator.CheckNames("remove_json", sc.RemoveJSON...),
		emulator.CheckNotBlank("double_json", sortedNames(sc.DoubleJSON)))
	if sc.IDToken != nil {
		faults = append(faults, sc.IDToken.check())
	}
	return errors.Join(faults...)
}

// checkEndpoint checks the name of an endpoint; "" is for none.
func checkEndpoint(name string) error { return emulator.CheckEndpoint(name, Endpoints()) }

// Codes lists the values of [Scenario.Code]: Kakao's error codes and the errors that authorize redirects with.
func Codes() []string {
	var codes []string
	for _, e := range koe.All() {
		codes = append(codes, string(e.Code))
	}
	return append(
		codes,
		"access_denied",
		"login_required",
		"consent_required",
		"interaction_required",
		"auto_login",
		"invalid_request",
		"invalid_client",
		"invalid_scope",
		"invalid_grant",
		"misconfigured",
		"unauthorized",
		"unauthorized_client",
		"server_error",
		"cancelled",
	)
}

// describe says what the scenario does, for the log.
func describe(sc Scenario) emulator.Text {
	if sc.Name != "" {
		return emulator.Verbatim(sc.Name)
	}
	var ko, en []string
	add := func(ok bool, t emulator.Text) {
		if ok {
			ko, en = append(ko, t[0]), append(en, t[1])
		}
	}
	add(sc.RotateKeys, emulator.Text{"키 교체", "rotate keys"})
	add(sc.Delay > 0, emulator.Textf("%s 지연", "delay %s", time.Duration(sc.Delay)))
	add(sc.Hang, emulator.Text{"무응답", "hang"})
	add(sc.Cut || sc.CutBody > 0, emulator.Text{"연결 끊기", "cut the connection"})
	add(sc.Trickle > 0, emulator.Text{"천천히 보내기", "trickle"})
	add(sc.Code != "", emulator.Verbatim(sc.Code))
	add(sc.Status != 0, emulator.Textf("상태 %d", "status %d", sc.Status))
	add(sc.Body != "" || sc.Pad > 0 || sc.Gzip, emulator.Text{"다른 본문", "another body"})
	add(sc.SetJSON != nil || sc.RemoveJSON != nil || sc.DoubleJSON != nil, emulator.Text{"바꾼 JSON", "changed JSON"})
	add(sc.IDToken != nil, emulator.Text{"바꾼 ID 토큰", "changed ID token"})
	return emulator.Text{strings.Join(ko, ", "), strings.Join(en, ", ")}
}

// draw returns the fault of a call, which may do nothing. The caller holds the lock.
func (t *faultTable) draw(c *call) *fault {
	for i, sc := range t.scripts {
		if !sc.matches(c) {
			continue
		}
		sc.matched++
		if sc.matched <= sc.Skip {
			continue
		}
		sc.affected++
		if limit := max(sc.Times, 1); sc.Times >= 0 && sc.affected >= limit {
			t.scripts = slices.Delete(t.scripts, i, i+1)
		}
		what := describe(sc.Scenario)
		c.entry.Scenario, c.entry.ScenarioKO = what[1], what[0]
		return &fault{Scenario: sc.Scenario}
	}
	if f := t.chaos.fault(c); f != nil {
		what := describe(f.Scenario)
		c.entry.Scenario, c.entry.ScenarioKO = "chaos: "+what[1], "무작위 장애: "+what[0]
		return f
	}
	return &fault{}
}

// matches reports whether the scenario applies to a call.
func (sc *script) matches(c *call) bool {
	if sc.Endpoint == "" && (c.e.page || c.e.name == "") || sc.Endpoint != "" && sc.Endpoint != c.e.name {
		return false
	}
	return (sc.App == 0 || sc.App == c.entry.App) && (sc.Account == "" || sc.Account == c.entry.Account)
}
