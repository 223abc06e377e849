package kakaotest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/kakao/koe"
)

// Scenario is a scripted fault: which calls it meets, and what happens to them. It is deterministic: the same calls in
// the same order meet the same faults.
//
// The zero value of whom it meets is "any"; the zero value of what happens is "nothing". Several scenarios that match one
// call: the first one scripted wins, and is used up before the next.
type Scenario struct {
	Name string `toml:"name" json:"name"` // shown in the request log; default what it does

	Endpoint string `toml:"endpoint" json:"endpoint"` // name as in [Endpoints], such as "oauth/token"; "": every endpoint but the pages
	App      int64  `toml:"app" json:"app"`           // app id
	Account  string `toml:"account" json:"account"`   // persona id
	Skip     int    `toml:"skip" json:"skip"`         // matching calls that pass first
	Times    int    `toml:"times" json:"times"`       // how many calls it meets; 0: one; negative: all until [Server.ClearScenarios]

	// Code answers with an error as Kakao words it: "KOE320", "-401", or a redirect such as "access_denied" at authorize.
	Code    string            `toml:"code" json:"code"`
	Message string            `toml:"message" json:"message"` // in place of the usual description
	Status  int               `toml:"status" json:"status"`   // HTTP status, alone or over that of Code
	Header  map[string]string `toml:"header" json:"header"`   // set on the answer; "Location" and "Retry-After" are of use
	Body    string            `toml:"body" json:"body"`       // raw body in place of the answer's
	Type    string            `toml:"content_type" json:"content_type"`
	// SetJSON and RemoveJSON change members of a JSON answer. Names are paths with dots: "kakao_account.email".
	SetJSON    map[string]any `toml:"set_json" json:"set_json"`
	RemoveJSON []string       `toml:"remove_json" json:"remove_json"`
	DoubleJSON map[string]any `toml:"double_json" json:"double_json"` // top-level members written a second time, with this value

	Delay   Duration `toml:"delay" json:"delay"`       // before the answer, by the machine's clock
	Hang    bool     `toml:"hang" json:"hang"`         // no answer until the caller gives up, at most two minutes
	Trickle Duration `toml:"trickle" json:"trickle"`   // between the bytes of the body
	Cut     bool     `toml:"cut" json:"cut"`           // the connection is cut instead of an answer
	CutBody int      `toml:"cut_body" json:"cut_body"` // … after this many bytes of the body
	Pad     int64    `toml:"pad" json:"pad"`           // blanks appended to the body: a huge answer
	Gzip    bool     `toml:"gzip" json:"gzip"`         // compressed, which makes a bomb together with Pad

	// After runs the call first, and spoils only its answer: the code is used up, the link is ended. Without it, Code,
	// Status, Body, Hang and Cut keep the call from happening. Changes to JSON and to ID tokens always come after.
	After      bool `toml:"after" json:"after"`
	RotateKeys bool `toml:"rotate_keys" json:"rotate_keys"` // the signing keys change right before the call

	IDToken *IDTokenFault `toml:"id_token" json:"id_token"`
}

// Duration is a time.Duration that is written as "1.5s" in files and JSON.
type Duration time.Duration

// MarshalText writes it like time.Duration's String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads "1.5s".
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// script is a scenario under way.
type script struct {
	id int
	Scenario
	seen, met int
}

// faultAPI is the part of [Server] about scripted and random faults.
type faultAPI struct{ w *world }

// Script adds scenarios. The error names every fault of them at once; then none is added.
func (p faultAPI) Script(scenarios ...Scenario) error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	var faults []error
	for i, sc := range scenarios {
		if err := errors.Join(checkScenario(sc), w.accounts.check(sc.Account), w.apps.check(sc.App)); err != nil {
			faults = append(faults, fmt.Errorf("scenario %d: %w", i+1, err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if len(w.faults.scripts)+len(scenarios) > maxScripts {
		return fmt.Errorf("more than %d scenarios at once", maxScripts)
	}
	for _, sc := range scenarios {
		w.faults.lastID++
		w.faults.scripts = append(w.faults.scripts, &script{id: w.faults.lastID, Scenario: sc})
	}
	return nil
}

const maxScripts = 1000

// ClearScenarios removes all scenarios, also the unused ones.
func (p faultAPI) ClearScenarios() {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.w.faults.scripts = nil
}

// Scenarios returns the scenarios that are still to meet a call.
func (p faultAPI) Scenarios() []Scenario {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	out := make([]Scenario, 0, len(p.w.faults.scripts))
	for _, sc := range p.w.faults.scripts {
		out = append(out, sc.Scenario)
	}
	return out
}

func checkScenario(sc Scenario) error {
	var faults []error
	if sc.Endpoint != "" && !slices.Contains(Endpoints(), sc.Endpoint) {
		faults = append(faults, fmt.Errorf("unknown endpoint %q%s", sc.Endpoint, oneOf(Endpoints())))
	}
	if sc.Status != 0 && (sc.Status < 200 || sc.Status > 599) {
		faults = append(faults, fmt.Errorf("status %d is not between 200 and 599", sc.Status))
	}
	if sc.Code != "" && !slices.Contains(Codes(), sc.Code) {
		faults = append(faults, fmt.Errorf("unknown code %q%s", sc.Code, oneOf(Codes())))
	}
	if sc.Pad < 0 || sc.Pad > 16<<30 || sc.CutBody < 0 || sc.Skip < 0 || sc.Delay < 0 || sc.Trickle < 0 {
		faults = append(faults, errors.New("a negative or outsized number"))
	}
	if sc.IDToken != nil {
		faults = append(faults, sc.IDToken.check())
	}
	return errors.Join(faults...)
}

// Codes lists the values of [Scenario.Code]: Kakao's error codes and the errors that authorize sends back (section 2.5).
func Codes() []string {
	var codes []string
	for _, e := range koe.All() {
		codes = append(codes, string(e.Code))
	}
	return append(codes, "access_denied", "login_required", "consent_required", "interaction_required", "auto_login", "invalid_request",
		"invalid_client", "invalid_scope", "invalid_grant", "misconfigured", "unauthorized", "unauthorized_client", "server_error", "cancelled")
}

// String says what the scenario does, for the log.
func describe(sc Scenario) string {
	if sc.Name != "" {
		return sc.Name
	}
	var parts []string
	add := func(ok bool, s string) {
		if ok {
			parts = append(parts, s)
		}
	}
	add(sc.RotateKeys, "rotate keys")
	add(sc.Delay > 0, "delay "+time.Duration(sc.Delay).String())
	add(sc.Hang, "hang")
	add(sc.Cut || sc.CutBody > 0, "cut the connection")
	add(sc.Trickle > 0, "trickle")
	add(sc.Code != "", sc.Code)
	add(sc.Status != 0, "status "+strconv.Itoa(sc.Status))
	add(sc.Body != "" || sc.Pad > 0 || sc.Gzip, "another body")
	add(sc.SetJSON != nil || sc.RemoveJSON != nil || sc.DoubleJSON != nil, "changed JSON")
	add(sc.IDToken != nil, "changed ID token")
	return strings.Join(parts, ", ")
}

// fault finds what happens to a call. The caller holds the lock.
func (t *faultTable) draw(c *call) *fault {
	for i, sc := range t.scripts {
		if !sc.meets(c) {
			continue
		}
		sc.seen++
		if sc.seen <= sc.Skip {
			continue
		}
		sc.met++
		if limit := max(sc.Times, 1); sc.Times >= 0 && sc.met >= limit {
			t.scripts = slices.Delete(t.scripts, i, i+1)
		}
		c.entry.Scenario = describe(sc.Scenario)
		return &fault{Scenario: sc.Scenario}
	}
	if f := t.chaos.fault(c); f != nil {
		c.entry.Scenario = "chaos: " + describe(f.Scenario)
		return f
	}
	return &fault{}
}

// meets says whether a scenario concerns a call.
func (sc *script) meets(c *call) bool {
	if sc.Endpoint == "" && (c.e.page || c.e.name == "") || sc.Endpoint != "" && sc.Endpoint != c.e.name {
		return false
	}
	return (sc.App == 0 || sc.App == c.entry.App) && (sc.Account == "" || sc.Account == c.entry.Account)
}
