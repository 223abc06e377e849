package export

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/session"
)

// Format names the shape of an export. Members may be added; a member that changes its meaning needs another name here.
const Format = "norang.export/1"

// exportPage is how many rows of a ledger or log are in memory at a time.
const exportPage = 200

// Request asks for an export.
type Request struct {
	UserID account.ID
	At     time.Time
	Actor  audit.Actor // the user, or an operator
}

// Holdings is everything stored about a user, except the ledger and the log, which may be long.
type Holdings struct {
	User       account.User
	Identities []account.Identity
	Sessions   []session.Session // including expired ones that are not yet deleted; without keys
	Tokens     []HeldToken
	Jobs       []HeldJob
}

// HeldToken says that provider tokens are kept; the tokens themselves are not exported.
type HeldToken struct {
	IdentityID                                   string
	CreatedAt, AccessExpiresAt, RefreshExpiresAt time.Time
}

// HeldJob is a job about the user that is queued, or was done recently.
type HeldJob struct {
	Kind, State        string
	CreatedAt, EndedAt time.Time
}

// LedgerLine is a line of the consent ledger with its number, for paging.
type LedgerLine struct {
	ID int64
	account.Consent
}

// Store is what an export reads. Every method is one transaction with a bounded result.
type Store interface {
	// Hold reads everything except ledger and log, and records the export in the same transaction: without the record
	// there is no export (ST-14). account.ErrNotFound if there is no such user.
	Hold(context.Context, Request) (*Holdings, error)
	// LedgerAfter reads lines of the ledger after the one with that number, the oldest first.
	LedgerAfter(ctx context.Context, id account.ID, after int64, limit int) ([]LedgerLine, error)
	// LogAfter reads entries of the user's log after that one, the oldest first, without access records.
	LogAfter(ctx context.Context, id account.ID, after audit.Entry, limit int) ([]audit.Entry, error)
}

// Write writes everything stored about a user as one JSON object (PIPA article 35). It contains no secret, and of an
// operator's actions only that an operator acted.
//
// Nothing is written before the export is recorded. Memory is bounded; an error in the middle leaves the object open,
// so that a part is not taken for the whole.
func Write(ctx context.Context, st Store, r Request, w io.Writer) error {
	held, err := st.Hold(ctx, r)
	if err != nil {
		return err
	}
	e := &exporter{w: bufio.NewWriterSize(i18n.EscapeJSON(w), 32<<10)}
	e.text("{\n")
	e.member("format", Format)
	e.member("made_at", stamp(r.At))
	e.member("user", userOf(held.User))
	e.member("identities", mapAll(held.Identities, identityOf))
	e.member("sessions", mapAll(held.Sessions, sessionOf))
	e.member("kept_tokens", mapAll(held.Tokens, grantOf))
	e.member("jobs", mapAll(held.Jobs, jobOf))
	e.list("consents", func() (int, error) {
		page, err := st.LedgerAfter(ctx, r.UserID, e.ledger, exportPage)
		for _, l := range page {
			e.item(consentOf(l.Consent))
			e.ledger = l.ID
		}
		return len(page), err
	})
	e.list("log", func() (int, error) {
		page, err := st.LogAfter(ctx, r.UserID, e.log, exportPage)
		for _, l := range page {
			e.item(eventOf(r.UserID, l.Event))
			e.log = l
		}
		return len(page), err
	})
	e.text("\n}\n")
	if e.err == nil {
		e.err = e.w.Flush()
	}
	return e.err
}

// exporter writes JSON piece by piece; after an error it writes nothing more.
type exporter struct {
	w             *bufio.Writer
	err           error
	inside, items bool // a member, or an item of a list, was written before
	ledger        int64
	log           audit.Entry
}

func (e *exporter) text(s string) {
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

func (e *exporter) value(v any) {
	b, err := json.Marshal(v)
	if e.err == nil {
		e.err = err
	}
	e.text(string(b))
}

func (e *exporter) name(name string) {
	if e.inside {
		e.text(",\n")
	}
	e.inside = true
	e.value(name)
	e.text(": ")
}

func (e *exporter) member(name string, v any) {
	e.name(name)
	e.value(v)
}

// list writes an array. next writes a page with each call and returns its length.
func (e *exporter) list(name string, next func() (int, error)) {
	e.name(name)
	e.text("[")
	e.items = false
	for e.err == nil {
		n, err := next()
		if e.err == nil {
			e.err = err
		}
		if n < exportPage {
			break
		}
	}
	e.text("]")
}

func (e *exporter) item(v any) {
	if e.items {
		e.text(",")
	}
	e.items = true
	e.text("\n  ")
	e.value(v)
}

func mapAll[T, U any](all []T, f func(T) U) []U {
	out := make([]U, 0, len(all))
	for _, v := range all {
		out = append(out, f(v))
	}
	return out
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

type exportUser struct {
	ID        account.ID      `json:"id"`
	Status    account.Status  `json:"status"`
	Ref       string          `json:"ref,omitempty"`
	Meta      json.RawMessage `json:"meta,omitempty"`
	Nickname  string          `json:"nickname,omitempty"`
	Picture   string          `json:"picture,omitempty"`
	Lang      string          `json:"lang,omitempty"`
	CreatedAt string          `json:"created_at"`
	JoinedAt  string          `json:"joined_at,omitempty"`
}

func userOf(u account.User) exportUser {
	return exportUser{u.ID, u.Status, u.Ref, u.Meta, u.Nickname, u.Picture, u.Lang, stamp(u.CreatedAt), stamp(u.JoinedAt)}
}

type exportIdentity struct {
	ID         string   `json:"id"`
	Provider   string   `json:"provider"`
	App        string   `json:"app"`
	Subject    string   `json:"subject"`
	Nickname   string   `json:"nickname,omitempty"`
	Picture    string   `json:"picture,omitempty"`
	Email      string   `json:"email,omitempty"`
	EmailState string   `json:"email_state"`
	EmailRelay bool     `json:"email_relay"`
	Agreed     []string `json:"agreed_items"`
	LinkedAt   string   `json:"linked_at"`
	SeenAt     string   `json:"last_sign_in_at"`
}

func identityOf(i account.Identity) exportIdentity {
	state := map[account.EmailState]string{
		account.EmailNone: "none", account.EmailUnverified: "unverified", account.EmailVerified: "verified",
	}[i.Profile.EmailState]
	return exportIdentity{
		i.ID, i.Provider, i.Namespace, i.Subject, i.Profile.Nickname, i.Profile.Picture, i.Profile.Email, state,
		i.Profile.EmailRelay, append([]string{}, i.Scopes.Items()...), stamp(i.LinkedAt), stamp(i.SeenAt),
	}
}

type exportSession struct {
	ID        string `json:"id"`
	CreatedAt string `json:"created_at"`
	SeenAt    string `json:"last_used_at"`
	IdleUntil string `json:"idle_expires_at"`
	ExpiresAt string `json:"expires_at"`
	Remember  bool   `json:"remembered"`
	Address   string `json:"address,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
}

func sessionOf(s session.Session) exportSession {
	return exportSession{
		s.ID, stamp(s.CreatedAt), stamp(s.SeenAt), stamp(s.IdleExpiresAt), stamp(s.ExpiresAt), s.Remember,
		s.Client.Address, s.Client.UserAgent,
	}
}

type exportGrant struct {
	Identity  string `json:"identity"`
	CreatedAt string `json:"created_at"`
	AccessEnd string `json:"access_expires_at"`
	Refresh   string `json:"refresh_expires_at,omitempty"`
}

func grantOf(g HeldToken) exportGrant {
	return exportGrant{g.IdentityID, stamp(g.CreatedAt), stamp(g.AccessExpiresAt), stamp(g.RefreshExpiresAt)}
}

type exportJob struct {
	Kind      string `json:"kind"`
	State     string `json:"state"`
	CreatedAt string `json:"created_at"`
	EndedAt   string `json:"ended_at,omitempty"`
}

func jobOf(j HeldJob) exportJob {
	return exportJob{j.Kind, j.State, stamp(j.CreatedAt), stamp(j.EndedAt)}
}

type exportConsent struct {
	At        string              `json:"at"`
	Kind      account.ConsentKind `json:"kind"`
	Tag       string              `json:"tag"`
	Version   string              `json:"version,omitempty"`
	Agreed    bool                `json:"agreed"`
	Place     string              `json:"place"`
	Address   string              `json:"address,omitempty"`
	UserAgent string              `json:"user_agent,omitempty"`
}

func consentOf(c account.Consent) exportConsent {
	return exportConsent{stamp(c.At), c.Kind, c.Tag, c.Version, c.Agreed, c.Place, c.Client.Address, c.Client.UserAgent}
}

type exportEvent struct {
	At        string     `json:"at"`
	Kind      audit.Kind `json:"kind"`
	By        string     `json:"by"` // "you", "operator", "provider", "service"
	Reason    string     `json:"reason,omitempty"`
	Session   string     `json:"session,omitempty"`
	Address   string     `json:"address,omitempty"`
	UserAgent string     `json:"user_agent,omitempty"`
}

func eventOf(id account.ID, e audit.Event) exportEvent {
	out := exportEvent{At: stamp(e.At), Kind: e.Kind, By: "service", Reason: e.Reason, Session: e.Session}
	switch {
	case e.Actor == string(id):
		out.By, out.Address, out.UserAgent = "you", e.Client.Address, e.Client.UserAgent
	case e.Class() == audit.AccessLog:
		out.By = "operator"
	case strings.HasPrefix(e.Actor, audit.Provider("").String()):
		out.By = "provider"
	}
	return out
}
