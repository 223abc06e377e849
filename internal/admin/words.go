package admin

import (
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// userKinds and accessKinds are the choices of the filter by action.
var (
	userKinds = []audit.Kind{
		audit.SignIn, audit.SignOut, audit.Refused, audit.Failed, audit.Joined, audit.Created, audit.Disabled,
		audit.Enabled, audit.Withdrawn, audit.Restored, audit.Purged, audit.Linked, audit.Unlinked, audit.ConsentChanged,
		audit.Exported, audit.TicketUsed, audit.Merged, audit.ProviderNotice, audit.TokenLost, audit.LogExpired,
	}
	accessKinds = []audit.Kind{
		audit.UserPage, audit.UserShow, audit.UserList, audit.UserUpdate, audit.UserDisable, audit.UserEnable,
		audit.UserWithdraw, audit.UserMerge, audit.UserTicket, audit.UserExport, audit.UserImport, audit.UserConsents,
		audit.UserToken, audit.SessionList, audit.SessionRevoke, audit.KeyCreate, audit.KeyList, audit.KeyRevoke,
		audit.OriginAdd, audit.OriginList, audit.OriginRemove, audit.JobList, audit.JobRetry, audit.FailureList,
		audit.EventList, audit.EventStatus, audit.EventReplay, audit.EventSkip, audit.LogRead, audit.LogTouched,
		audit.LogReview, audit.ConsoleEnter, audit.ConsoleLeave, audit.FactorCheck, audit.RoleGrant, audit.RoleRevoke,
		audit.RoleList, audit.FactorReset, audit.DatabaseBackup, audit.DatabaseRestore,
	}
)

// word is a stored value in words: the text "console.<family>.<value>", or the value if there is none.
func word(r *Request, family, value string) string {
	key := wordKey(family, value)
	if value == "" || !i18n.Has(key) {
		return value
	}
	return i18n.T(r.Lang, key)
}

func wordKey(family, value string) string {
	return "console." + family + "." + strings.ReplaceAll(strings.ReplaceAll(value, ", ", "_"), " ", "_")
}

// browserName is a value of session.BrowserKinds in words. Those of one browser have the name that users see.
func browserName(r *Request, kind string) string {
	if key := "device.browser." + kind; i18n.Has(key) {
		return i18n.T(r.Lang, key)
	}
	return word(r, "browser", kind)
}

// browserKind is a browser and a device, stored with a space between, in words.
func browserKind(r *Request, label string) string {
	browser, device, _ := strings.Cut(label, " ")
	return strings.Trim(browserName(r, browser)+", "+word(r, "device", device), ", ")
}

// browserCell is the browser and the device of a failed sign-in in words.
func browserCell(r *Request, f *failures.Failure) page.ConsoleCell {
	return page.ConsoleCell{Text: browserName(r, f.Browser), Note: word(r, "device", f.Device)}
}

// failureName is a problem code in words: the console's own for one that a sign-in ends with, else the title that users
// see. A provider's own code is part of them.
func failureName(r *Request, code string) string {
	if said := word(r, "failure", code); said != code {
		return said
	}
	if slices.Contains(problem.Codes(), problem.Code(code)) {
		p := problem.From(problem.New(problem.Code(code)))
		return p.Title(r.Lang, problem.Words{})
	}
	if _, own, ok := strings.Cut(code, "."); ok {
		return say(r, "console.failure.provider", "code", own)
	}
	return code
}

// kindOf is the family of a code.
func kindOf(code string) string {
	kind, _, _ := strings.Cut(code, ".")
	return kind
}

// coded is a cell with a stored value in words, and the value itself as a second line: the documents name that.
func coded(r *Request, family, value string) page.ConsoleCell {
	c := page.ConsoleCell{Text: word(r, family, value), Note: value}
	if c.Text == value {
		c.Note, c.Code = "", true
	}
	return c
}

// reason is why something happened, in words: a reason of the program, a problem code, or what an operator wrote.
func (p *Reports) reason(r *Request, e *audit.Entry) string {
	text := e.Reason
	how, other, _ := strings.Cut(text, " ")
	switch {
	case text == "":
		return ""
	case e.Kind == audit.ProviderNotice:
		return result(r, text)
	case e.Kind == audit.Merged && how == "into":
		return say(r, "console.merged.into", "id", other)
	case e.Kind == audit.Merged && how == "from":
		return say(r, "console.merged.from", "id", other)
	}
	if said := word(r, "reason", text); said != text {
		return said
	}
	if ownCode.MatchString(text) {
		advice := todo(r.Lang, p.Providers, &failures.Failure{Code: problem.Code(text)})
		return failureName(r, text) + " (" + text + "). " + advice
	}
	return text
}

// result is what came of a job, in words. That of a notice begins with what was reported: "unlinked: withdrawn".
func result(r *Request, outcome string) string {
	what, came, two := strings.Cut(outcome, ": ")
	if !two {
		return word(r, "result", outcome)
	}
	if said := word(r, "result", came); said != came {
		return what + ": " + said
	}
	return outcome
}
