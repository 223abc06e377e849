package signin

import (
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/web"
)

// returning asks users who withdrew and signed in again what they want. The question waits in the browser, sealed
// with what the provider has just proved; the answer is a POST with a token for this question.
type returning struct {
	kernel    *web.Kernel
	flow      *login.Flow
	arrival   *arrival
	failures  *failureLog
	questions *seal.Sealer
	forms     *seal.Signer
	block     time.Duration
}

// Kinds of a question, as encoded in the cookie.
const (
	askRestore byte = 'r'
	askNew     byte = 'n'
	tellBlock  byte = 'b'
)

func (q *returning) cookie() string { return q.kernel.Cookies.Name("returning") }

// question returns the page that asks; "" for every other failure. A repeated callback has no question of its own:
// the first one left it in the browser.
func (q *returning) question(w http.ResponseWriter, done login.Finished, code problem.Code) string {
	switch code {
	case problem.LoginRestorable, problem.LoginJoinAgain, problem.LoginRejoinBlocked:
	default:
		return ""
	}
	if asked := done.Returning; asked != nil {
		kind := map[account.Reason]byte{
			account.ReasonRestorable: askRestore, account.ReasonJoinAgain: askNew, account.ReasonBlocked: tellBlock,
		}[asked.Reason]
		at := int64(0)
		if !asked.Until.IsZero() {
			at = asked.Until.UnixMilli()
		}
		b := binary.BigEndian.AppendUint64([]byte{kind}, uint64(at))
		q.kernel.Cookies.Set(w, q.cookie(), q.questions.Seal(b, q.cookie())+"."+asked.Sealed, asked.Life)
		if asked.Name != "" {
			q.kernel.Cookies.SetAttempt(w, asked.Name, asked.Attempt, asked.Life)
		}
	}
	return q.kernel.Site.Path("returning")
}

// held reads the question from the browser; ok is false if there is none.
func (q *returning) held(r *web.Request) (kind byte, until time.Time, sealed string, ok bool) {
	head, sealed, found := strings.Cut(q.kernel.Cookies.Get(r.Request, q.cookie()), ".")
	b, err := q.questions.Open(head, q.cookie())
	if !found || err != nil || len(b) != 9 {
		return 0, time.Time{}, "", false
	}
	if at := int64(binary.BigEndian.Uint64(b[1:])); at != 0 {
		until = time.UnixMilli(at)
	}
	return b[0], until, sealed, true
}

// formText is what the form's token signs: it belongs to this question only.
func formText(sealed string) []byte { return []byte("returning\x00" + sealed) }

// form shows the question.
func (q *returning) form(w http.ResponseWriter, r *web.Request) error {
	kind, until, sealed, ok := q.held(r)
	if !ok {
		return web.Redirect(w, q.kernel.Site.SignInURL("", ""))
	}
	f := r.Frame(q.forms.Sign(formText(sealed)))
	f.Path = q.kernel.Site.Path("returning")
	v := &page.Returning{Frame: f, Restore: kind == askRestore, Blocked: kind == tellBlock, Until: until}
	if !v.Blocked {
		return q.kernel.Render(w, http.StatusOK, v)
	}
	v.CSRF, v.BlockDays = "", int(q.block/(24*time.Hour))
	if !until.IsZero() {
		v.Until = until.Add(24*time.Hour - time.Millisecond) // "from this day" must hold for the whole day
	}
	return q.kernel.Render(w, http.StatusForbidden, v)
}

// answer does what the user chose. Declining needs nothing: the unlink job was queued with the question.
func (q *returning) answer(w http.ResponseWriter, r *web.Request) error {
	_, _, sealed, ok := q.held(r)
	if !ok && r.SameOrigin() {
		return problem.Wrap(problem.LoginExpired, errors.New("answer without a question"))
	}
	if !ok || !q.forms.Verify(formText(sealed), r.PostForm.Get("csrf")) {
		return problem.New(problem.CSRFRefused)
	}
	choice := account.ChoiceNone
	switch r.PostForm.Get("action") {
	case "restore":
		choice = account.ChoiceRestore
	case "new":
		choice = account.ChoiceNew
	case "leave":
		q.kernel.Cookies.Drop(w, q.cookie())
		return web.Redirect(w, q.kernel.Site.SignInURL("", string(page.FlashLeftAsItWas)))
	default:
		return problem.New(problem.RequestBad)
	}
	current, _, err := q.kernel.Token(r.Request)
	if err != nil {
		return err
	}
	done, err := q.flow.Return(r.Context(), login.ReturnRequest{
		Sealed: sealed, Held: q.kernel.Cookies.Attempts(r.Request), Choice: choice, Current: current, Client: r.Client(),
	})
	if err != nil {
		p := problem.From(err)
		q.kernel.Metrics.LoginFinished(done.Provider, string(p.Code))
		if to := q.question(w, done, p.Code); to != "" {
			return web.Redirect(w, to) // the state has changed: ask again
		}
		q.failures.signIn(r, done.Provider, done, err)
		return err
	}
	q.kernel.Cookies.Drop(w, q.cookie())
	return q.arrival.arrive(w, r, done)
}
