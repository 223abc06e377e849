package web

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
)

// Who left and signs in once more is asked before anything happens. The question waits in their browser, sealed, together
// with what the provider has just proved; the answer comes by POST, with a token that belongs to this very question.

func (c cookies) returning() string { return c.host + "-returning" }

// Kinds of a question, as they stand in the cookie.
const (
	askRestore byte = 'r'
	askNew     byte = 'n'
	tellBlock  byte = 'b'
)

// question leads to the page that asks; "" for every other end of a login. A repeated callback knows of no question: the
// first one left it in the browser.
func (s *Server) question(w http.ResponseWriter, done login.Finished, code problem.Code) string {
	switch code {
	case problem.LoginRestorable, problem.LoginJoinAgain, problem.LoginRejoinBlocked:
	default:
		return ""
	}
	if q := done.Returning; q != nil {
		kind := map[account.Reason]byte{
			account.ReasonRestorable: askRestore, account.ReasonJoinAgain: askNew, account.ReasonBlocked: tellBlock,
		}[q.Reason]
		at := int64(0)
		if !q.Until.IsZero() {
			at = q.Until.UnixMilli()
		}
		b := binary.BigEndian.AppendUint64([]byte{kind}, uint64(at))
		name := s.cookies.returning()
		s.cookies.set(w, name, s.returns.Seal(b, name)+"."+q.Sealed, login.ReturnLife)
	}
	return s.prefix + "/returning"
}

// heldQuestion reads the question that the browser holds; ok is false if it holds none.
func (s *Server) heldQuestion(r *request) (kind byte, until time.Time, sealed string, ok bool) {
	name := s.cookies.returning()
	head, sealed, found := strings.Cut(s.cookies.one(r.Request, name), ".")
	b, err := s.returns.Open(head, name)
	if !found || err != nil || len(b) != 9 {
		return 0, time.Time{}, "", false
	}
	if at := int64(binary.BigEndian.Uint64(b[1:])); at != 0 {
		until = time.UnixMilli(at)
	}
	return b[0], until, sealed, true
}

// questionToken proves that the form was made for this very question.
func (s *Server) questionToken(sealed string) string {
	return s.csrf.Sign([]byte("returning\x00" + sealed))
}

// returning asks whoever has a question to answer.
func (s *Server) returning(w http.ResponseWriter, r *request) error {
	kind, until, sealed, ok := s.heldQuestion(r)
	if !ok {
		redirect(w, s.signInURL("", ""))
		return nil
	}
	f := s.frame(r, s.questionToken(sealed))
	f.Path = s.prefix + "/returning"
	v := &page.Returning{Frame: f, Restore: kind == askRestore, Blocked: kind == tellBlock, Until: until}
	if v.Blocked {
		v.CSRF, v.BlockDays = "", days(s.leaver.BlockFor())
		if !until.IsZero() {
			v.Until = until.Add(24*time.Hour - time.Millisecond) // "from this day" must be true of the whole day
		}
		return s.render(w, http.StatusForbidden, v)
	}
	return s.render(w, http.StatusOK, v)
}

// answerReturning does what the person says. Saying no needs nothing done: the link at the provider that their sign-in made
// is ended by the job that was queued with the question.
func (s *Server) answerReturning(w http.ResponseWriter, r *request) error {
	_, _, sealed, ok := s.heldQuestion(r)
	if !ok && s.madeBy(r.Request) == ours {
		return problem.Wrap(problem.LoginExpired, errors.New("an answer without its question"))
	}
	if !ok || !s.csrf.Verify([]byte("returning\x00"+sealed), r.PostForm.Get("csrf")) {
		return problem.New(problem.CSRFRefused)
	}
	choice := account.ChoiceNone
	switch r.PostForm.Get("action") {
	case "restore":
		choice = account.ChoiceRestore
	case "new":
		choice = account.ChoiceNew
	case "leave":
		s.cookies.drop(w, s.cookies.returning())
		redirect(w, s.signInURL("", string(page.FlashLeftAsItWas)))
		return nil
	default:
		return problem.New(problem.RequestBad)
	}
	token, _, _ := s.cookies.tokenOf(r.Request)
	done, err := s.flow.Return(r.Context(), login.ReturnRequest{Sealed: sealed, Choice: choice, Current: token, Client: s.from(r)})
	if err != nil {
		p := problem.From(err)
		s.metrics.LoginFinished(string(p.Code))
		if to := s.question(w, done, p.Code); to != "" {
			redirect(w, to) // things have changed: they are asked anew
			return nil
		}
		return err
	}
	s.cookies.drop(w, s.cookies.returning())
	return s.arrive(w, r, done)
}

// days is a period in whole days.
func days(d time.Duration) int { return int(d / (24 * time.Hour)) }
