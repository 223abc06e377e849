package kakaotest

import (
	"net/http"
	"time"
)

// outbox sends webhooks.
type outbox struct{}

func newOutbox(rt http.RoundTripper, now func() time.Time) *outbox { return &outbox{} }

func (o *outbox) close() {}
func (o *outbox) clear() {}
func (o *outbox) event(w *world, a *App, l *link, name string, extra map[string]any) {
}

func eventURI(name string) string { return name }

func (w *world) unlink(a *App, l *link, referrer string) { l.end() }
