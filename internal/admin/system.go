package admin

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/page"
)

// doctorTime bounds the checks: a request may take 30 seconds.
const doctorTime = 20 * time.Second

// System are the pages about the installation.
type System struct {
	checks   func() []doctor.Check
	unseen   func() []doctor.Unseen
	settings map[string]string
}

// NewSystem makes the pages. checks are those of norang doctor, and unseen is what they cannot find out; settings are
// shown by name and hold no secret.
func NewSystem(
	checks func() []doctor.Check, unseen func() []doctor.Unseen, settings map[string]string,
) *System {
	return &System{checks, unseen, settings}
}

// Rows are the pages' rows.
func (s *System) Rows() []Row {
	return []Row{
		View("doctor", s.doctor).In("doctor"),
		Search("doctor", s.examine),
		View("settings", s.show).In("settings"),
	}
}

func (s *System) doctor(w http.ResponseWriter, r *Request) error {
	return r.Render(w, page.ConsoleDoctor{ConsoleFrame: r.Frame()})
}

// examine runs the checks, which change nothing.
func (s *System) examine(w http.ResponseWriter, r *Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), doctorTime)
	defer cancel()
	report := doctor.Run(ctx, s.checks(), doctor.Selection{})
	r.Inside("doctor")
	v := page.ConsoleDoctor{
		ConsoleFrame: r.Frame(), Ran: true, Findings: report.Findings, Results: report.Results, Unseen: s.unseen(),
	}
	v.Path = Prefix + "/doctor"
	return r.Render(w, v)
}

func (s *System) show(w http.ResponseWriter, r *Request) error {
	v := page.ConsoleSettings{ConsoleFrame: r.Frame()}
	for _, name := range slices.Sorted(maps.Keys(s.settings)) {
		v.Settings = append(v.Settings, page.ConsoleSetting{Name: name, Value: s.settings[name]})
	}
	return r.Render(w, v)
}
