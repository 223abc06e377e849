package cli

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/problem"
)

// answers reports whether something listens at the app's address.
func (d *devCmd) answers(ctx context.Context) bool {
	u, err := url.Parse(d.Upstream)
	if err != nil {
		return false
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// devLog is the log of dev. It is for a reader, also through a pipe, and tells them in a sentence that the app is down.
type devLog struct {
	slog.Handler
	terminal *terminal
	upstream string
}

func (d *devCmd) newLog(c *terminal) *slog.Logger {
	level := slog.LevelWarn
	if d.Verbose {
		level = slog.LevelInfo
	}
	return slog.New(devLog{newLogLike(c.stderr, true, level).Handler(), c, d.Upstream})
}

// Handle is slog's.
func (l devLog) Handle(ctx context.Context, r slog.Record) error {
	attrs := map[string]string{}
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.String()
		return true
	})
	cause, down := strings.CutPrefix(attrs["err"], string(problem.AppUnavailable)+": ")
	switch asked := oneLine(attrs["method"] + " " + attrs["path"]); {
	case !down:
		return l.Handler.Handle(ctx, r)
	case strings.HasPrefix(cause, "dial "):
		l.terminal.warn("%s: 아직 %s에서 답하는 앱이 없습니다. 앱을 시작하고 새로 고치십시오.",
			"%s: no app answers at %s yet; start it and reload", asked, l.upstream)
	default:
		l.terminal.warn("%s: %s의 앱이 답하지 않았습니다: %s", "%s: the app at %s did not answer: %s",
			asked, l.upstream, oneLine(cause))
	}
	return nil
}
