package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/export"
)

var exportTests = []test{
	{"ExportHoldsAllOfOneUser", exportsAll},
	{"ExportOfMoreThanAPage", exportsPages},
	{"ST14_ExportFailsWithoutARecord", exportsRecorded},
	{"ExportOfAnUnknownUser", exportsUnknown},
}

type exported struct {
	Format     string
	User       map[string]any
	Identities []map[string]any
	Sessions   []map[string]any
	KeptTokens []map[string]any `json:"kept_tokens"`
	Jobs       []map[string]any
	Consents   []map[string]any
	Log        []map[string]any
}

func exportUser(t *testing.T, w world, r export.Request) (exported, string) {
	t.Helper()
	var b bytes.Buffer
	if err := export.Write(t.Context(), w.Other, r, &b); err != nil {
		t.Fatal(err)
	}
	var e exported
	if err := json.Unmarshal(b.Bytes(), &e); err != nil {
		t.Fatalf("%v in %s", err, b.String())
	}
	return e, b.String()
}

func (w world) exportOf(id account.ID) export.Request {
	return export.Request{UserID: id, At: noon.Add(time.Hour), Actor: audit.User(id, origin)}
}

func exportsAll(t *testing.T, w world) {
	p, err := w.Store.Join(t.Context(), activationOf(t, w, w.signInPending(t, "1")))
	if err != nil {
		t.Fatal(err)
	}
	id := p.User.ID
	w.signIn(t, "1")
	stranger := w.signIn(t, "2")
	if err := w.Store.SetRef(t.Context(), id, "10482", noon); err != nil {
		t.Fatal(err)
	}
	w.disable(t, id) // by an operator, whose name the user does not see
	if err := w.Exec("INSERT INTO jobs (kind, key, about, state, attempts, run_at, created_at) VALUES ('unlink', 'k', " +
		"'" + string(id) + "', 'open', 0, 1, 1)"); err != nil {
		t.Fatal(err)
	}
	e, text := exportUser(t, w, w.exportOf(id))
	diff(t, []any{e.Format, e.User["id"], e.User["ref"], e.User["status"]},
		[]any{export.Format, string(id), "10482", "disabled"})
	if len(e.Identities) != 1 || e.Identities[0]["subject"] != "1" || e.Identities[0]["email"] != "ryan@example.com" ||
		e.Identities[0]["email_state"] != "verified" || e.Identities[0]["email_relay"] != false {
		t.Errorf("identities %v", e.Identities)
	}
	if len(e.Consents) != w.count(t, "consents WHERE user_id = '"+string(id)+"'") || len(e.Consents) == 0 {
		t.Errorf("consents %v", e.Consents)
	}
	if len(e.Jobs) != 1 || e.Jobs[0]["kind"] != "unlink" {
		t.Errorf("jobs %v", e.Jobs)
	}
	if len(e.Log) == 0 || !strings.Contains(text, `"kind":"user.disabled","by":"operator"`) ||
		!strings.Contains(text, `"kind":"session.signed_in","by":"you"`) {
		t.Errorf("log %v", e.Log)
	}
	for _, wrong := range []string{"operator:test", string(stranger.User.ID), `"subject":"2"`} {
		if strings.Contains(text, wrong) {
			t.Errorf("the export of one user holds %q", wrong)
		}
	}
	if want := "user.exported user=" + string(id) + " session=NULL reason=NULL"; !contains(w.events(t), want) {
		t.Errorf("no %q", want)
	}
}

// exportsPages has more lines than a page, many of the same millisecond.
func exportsPages(t *testing.T, w world) {
	p := w.signIn(t, "1")
	lines := make([]audit.Event, 0, 900)
	for i := range cap(lines) {
		lines = append(lines, audit.Event{At: noon.Add(time.Duration(i/450) * time.Hour), Kind: audit.SignOut,
			Actor: string(p.User.ID), UserID: string(p.User.ID), Session: newID(t)})
	}
	if err := w.Store.Record(t.Context(), lines); err != nil {
		t.Fatal(err)
	}
	e, _ := exportUser(t, w, w.exportOf(p.User.ID))
	seen := map[any]bool{}
	last := ""
	for _, l := range e.Log {
		if at, _ := l["at"].(string); at < last {
			t.Fatalf("%s after %s", at, last)
		} else {
			last = at
		}
		if l["kind"] == string(audit.SignOut) {
			seen[l["session"]] = true
		}
	}
	if len(seen) != len(lines) || len(e.Log) != w.count(t, "audit_log WHERE user_id = '"+string(p.User.ID)+"'") {
		t.Errorf("%d different lines of %d, %d altogether", len(seen), len(lines), len(e.Log))
	}
}

func exportsRecorded(t *testing.T, w world) {
	p := w.signIn(t, "1")
	r := w.exportOf(p.User.ID)
	r.Actor = audit.Operator("kim", "the user asked", audit.Client{})
	if _, text := exportUser(t, w, r); strings.Contains(text, "access.user.export") || strings.Contains(text, "kim") {
		t.Errorf("the user reads who looked: %s", text)
	}
	diff(t, w.Query(t, "SELECT class, actor, reason, outcome FROM audit_log WHERE kind = 'access.user.export'"),
		[][]string{{"access", "operator:kim", "the user asked", "done"}})
	if n := w.count(t, "audit_log WHERE kind = 'user.exported'"); n != 0 {
		t.Errorf("%d lines that say the user did it", n)
	}
}

func exportsUnknown(t *testing.T, w world) {
	var b bytes.Buffer
	err := export.Write(t.Context(), w.Store, w.exportOf(account.ID(newID(t))), &b)
	if !errors.Is(err, account.ErrNotFound) || b.Len() != 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
}
