package cli

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/internal/problem"
)

// devFlags are the flags of dev, by the fields that they set. It reads no settings.
var devFlags = map[string]string{
	"Upstream": "--upstream", "PublicPaths": "--public-paths", "Audiences": "--audiences", "Origins": "--origins",
	"AppLinks": "--app-links", "Database": "--data", "Keys": "--data",
}

// devApps are the fields of dev's configuration that are refused if the data has users of other applications.
var devApps = []string{
	"FormerApps", "Kakao.AppID", "Naver.ClientID", "Apple.TeamID", "LINE.ProviderID", "OIDC.oidc.Issuer", "OIDC.oidc.Name",
}

// refused explains the errors of the service: those of flags, and data that is not of dev's emulators.
func (d *devCmd) refused(c *terminal, err error) error {
	ofData := func(e *app.ConfigError) bool { return slices.Contains(devApps, e.Field) }
	if d.Data != "" && slices.ContainsFunc(app.ConfigErrors(err), ofData) {
		return &failure{
			status: statusFailed,
			text: c.pick("%s의 데이터에는 에뮬레이터의 것이 아닌 애플리케이션의 회원이 있습니다",
				"the data in %s has users of applications that are not the emulators'", d.Data),
			hint: c.pick("--data에 다른 디렉터리를 적거나, 그 데이터를 만든 설정으로 norang serve를 실행하십시오.",
				"Give --data another directory, or run norang serve with the settings that made the data."),
		}
	}
	return new(config.Settings).Explain(err, devFlags)
}

// checkUpstream refuses an app at the address of one of dev's own listeners, to which every request would come back.
func (d *devCmd) checkUpstream(c *terminal, own []net.Listener) error {
	host, port, ok := d.upstreamAddress()
	if !ok {
		return nil // the service's check refuses it
	}
	for _, ln := range own {
		if listening.Reaches(host, port, ln.Addr().String()) {
			return c.usage(c.pick("--upstream %q: norang dev 자신이 받는 주소입니다",
				"--upstream must not be where norang dev itself listens, got %q", d.Upstream),
				c.pick("앱의 주소를 적으십시오. 앱이 %[1]s번 포트를 쓴다면 앱을 먼저 시작하거나, norang dev의 포트를 --port로 바꾸십시오.",
					"Give the address of the app. If the app uses port %[1]s, start it first, or choose other ports for "+
						"norang dev with --port.", port))
		}
	}
	return nil
}

// upstreamAddress returns the host and port of the app.
func (d *devCmd) upstreamAddress() (host, port string, ok bool) {
	u, err := url.Parse(d.Upstream)
	if err != nil || u.Hostname() == "" {
		return "", "", false
	}
	return u.Hostname(), cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]), true
}

// answers reports whether something listens at the app's address.
func (d *devCmd) answers(ctx context.Context) bool {
	host, port, ok := d.upstreamAddress()
	if !ok {
		return false
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
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
	if !down {
		cause, down = strings.CutPrefix(attrs["err"], string(problem.AppUnanswered)+": ")
	}
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
