package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

const (
	// noticeTime bounds everything about a provider's call: Kakao gives up after three seconds, and what it gave up on it
	// does not send again.
	noticeTime = 2500 * time.Millisecond
	// noticeRead bounds the reading of its body.
	noticeRead = time.Second
)

// notice takes a provider's message: verified before anything is stored, stored before it is answered (WH-05), and
// worked off later. It reads no cookie and sends nobody anywhere.
//
// The header that proves an unlink webhook is the app's most powerful secret; it and the query, which names a person, are
// in no log line, since only the path is ever logged.
func (s *Server) notice(w http.ResponseWriter, r *request) error {
	p, ok := provider.Capability[provider.Notifier](s.providers, r.PathValue("provider"))
	if !ok {
		return problem.New(problem.NotFound)
	}
	ctx, cancel := context.WithTimeout(r.Context(), noticeTime)
	defer cancel()
	// A sender of one byte a second holds a connection and nothing else (WH-14).
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(noticeRead))
	name := r.PathValue("hook")
	n, known, err := p.ReadNotice(name, r.WithContext(ctx))
	if !known {
		return problem.New(problem.NotFound)
	}
	if err == nil {
		err = s.received(ctx, n)
	}
	if err != nil {
		s.log.Warn("notice of a provider not taken", "request_id", r.id, "hook", name, "err", err)
		p.RefuseNotice(w, err)
		return nil
	}
	p.AcceptNotice(name, w)
	return nil
}

var errNotStored = errors.New("not stored in time")

// received stores a message, and stops waiting when it must. What is then still on its way to the database may arrive
// there: the sender was told that it did not, and if it sends it again it is the same one.
func (s *Server) received(ctx context.Context, n *provider.Notice) error {
	done := make(chan error, 1)
	go func() { done <- s.leaver.Receive(ctx, n) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errNotStored
	}
}
