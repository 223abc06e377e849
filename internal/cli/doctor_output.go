package cli

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// doctorSchema is the version of the JSON. It changes when a member is removed or changes its meaning.
const doctorSchema = 1

// doctorJSON is the output of norang doctor --json, described by docs/doctor.schema.json.
type doctorJSON struct {
	Schema   int             `json:"schema"`
	Version  string          `json:"version"`
	URL      string          `json:"url"`
	Files    []string        `json:"files"`
	Summary  doctorSummary   `json:"summary"`
	Findings []doctorFinding `json:"findings"`
	Checks   []doctorResult  `json:"checks"`
	Unseen   []doctorUnseen  `json:"not_checked"`
}

type doctorSummary struct {
	Faults   int `json:"faults"`
	Warnings int `json:"warnings"`
	Passed   int `json:"passed"`
	Skipped  int `json:"skipped"`
	NotRun   int `json:"not_run"`
}

type doctorFinding struct {
	ID          string   `json:"id"`
	Level       string   `json:"level"`
	Subject     string   `json:"subject,omitempty"`
	Code        string   `json:"code,omitempty"`
	Seen        string   `json:"seen,omitempty"`
	Cause       string   `json:"cause"`
	Fix         string   `json:"fix"`
	Paste       []string `json:"paste,omitempty"`
	ConsolePath string   `json:"console_path,omitempty"`
	Docs        string   `json:"docs"`
}

type doctorResult struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`
	Waits   string `json:"waits_for,omitempty"`
}

type doctorUnseen struct {
	ID          string   `json:"id"`
	What        string   `json:"what"`
	Paste       []string `json:"paste,omitempty"`
	ConsolePath string   `json:"console_path,omitempty"`
}

// json is the report for programs.
func (in *installation) json(r doctor.Report, unseen []doctor.Unseen, l i18n.Lang) doctorJSON {
	out := doctorJSON{
		Schema: doctorSchema, Version: buildVersion().Version, URL: in.settings.URL, Files: []string{},
		Summary: doctorSummary{
			Faults: r.Count(doctor.Faulty), Warnings: r.Count(doctor.Warned), Passed: r.Count(doctor.Passed),
			Skipped: r.Count(doctor.Skipped), NotRun: r.Count(doctor.NotRun),
		},
		Findings: []doctorFinding{}, Checks: []doctorResult{}, Unseen: []doctorUnseen{},
	}
	if in.file != "" {
		out.Files = append(out.Files, in.file)
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, doctorFinding{
			ID: f.ID, Level: string(f.Level), Subject: f.Subject, Code: f.Code, Seen: f.Seen,
			Cause: f.Cause.In(l), Fix: f.Fix.In(l), Paste: f.Paste, ConsolePath: f.Console.In(l),
			Docs: "docs/doctor.md",
		})
	}
	for _, res := range r.Results {
		out.Checks = append(out.Checks, doctorResult{res.ID, string(res.Outcome), res.Waits})
	}
	for _, u := range unseen {
		out.Unseen = append(out.Unseen, doctorUnseen{u.ID, u.What.In(l), u.Paste, u.Console.In(l)})
	}
	return out
}

// print shows the findings, faults first, and counts the rest.
func (in *installation) print(c *terminal, r doctor.Report) {
	read := c.pick("환경 변수", "environment")
	if in.file != "" {
		read = in.file + ", " + read
	}
	c.line("norang doctor", in.settings.URL+" ("+read+")")
	for _, f := range r.Findings {
		level := c.pick("경고", "warning")
		if f.Level == doctor.Fault {
			level = c.pick("고칠 것", "FAULT")
		}
		head := "\n" + level + "  " + f.ID
		for _, more := range []string{f.Subject, f.Code} {
			if more != "" {
				head += "  " + more
			}
		}
		fmt.Fprintln(c.stdout, head)
		show := func(text string) {
			if text = oneLine(text); text != "" {
				fmt.Fprintln(c.stdout, "  "+text)
			}
		}
		show(f.Cause.In(c.lang))
		if f.Seen != "" {
			show(c.pick("본 것: ", "seen: ") + f.Seen)
		}
		if fix := f.Fix.In(c.lang); fix != "" {
			show("→ " + fix)
		}
		for _, text := range f.Paste {
			fmt.Fprintln(c.stdout, "      "+visible(text))
		}
		if menu := f.Console.In(c.lang); menu != "" {
			show(c.pick("콘솔: ", "console: ") + menu)
		}
	}
	if len(r.Findings) > 0 {
		fmt.Fprintln(c.stdout)
	}
	c.print("고칠 것: %d, 경고: %d, 통과: %d, 건너뜀: %d, 확인하지 못함: %d",
		"faults: %d, warnings: %d, passed: %d, skipped: %d, not run: %d",
		r.Count(doctor.Faulty), r.Count(doctor.Warned), r.Count(doctor.Passed), r.Count(doctor.Skipped),
		r.Count(doctor.NotRun))
}

// printUnseen shows what no check can find out, a line each.
func printUnseen(c *terminal, unseen []doctor.Unseen) {
	if len(unseen) == 0 {
		return
	}
	c.print("\n여기서 확인할 수 없는 것(각 콘솔에서 보거나 norang try로 로그인해 보십시오):",
		"\nNot checked from here (see the consoles, or sign in with norang try):")
	for _, u := range unseen {
		line := u.ID + "  " + u.What.In(c.lang)
		if len(u.Paste) > 0 {
			line += ": " + visible(strings.Join(u.Paste, ", "))
		}
		fmt.Fprintln(c.stdout, "  "+oneLine(line))
	}
}

// report is a text for a support question. It has no address, path, key or value.
func (in *installation) report(r doctor.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "norang doctor %s, schema %d, %s/%s, %s\n", buildVersion().Version, doctorSchema, runtime.GOOS,
		runtime.GOARCH, runtime.Version())
	fmt.Fprintf(&b, "settings: %s\n", strings.Join(in.names, " "))
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s %s\n", f.Level, f.ID, strings.TrimSpace(f.Subject+" "+f.Code))
	}
	for _, res := range r.Results {
		if res.Outcome != doctor.Faulty && res.Outcome != doctor.Warned {
			fmt.Fprintf(&b, "%s %s %s\n", res.Outcome, res.ID, res.Waits)
		}
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}
