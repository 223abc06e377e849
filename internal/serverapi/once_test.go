package serverapi

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/web"
)

// memory keeps one request, and refuses a context that has ended as a database does.
type memory struct {
	Keys
	earlier *apikey.Earlier
}

func (m *memory) BeginRequest(ctx context.Context, r apikey.Request) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	answer, err := r.Decide(m.earlier)
	if answer == nil && err == nil {
		m.earlier = &apikey.Earlier{Content: r.Content, At: r.At}
	}
	return answer, err
}

func (m *memory) EndRequest(ctx context.Context, _ apikey.Request, answer []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if m.earlier.Answer = answer; answer == nil {
		m.earlier = nil
	}
	return nil
}

// A client that is gone before its request has ended asks again with the same Idempotency-Key and gets the first
// answer, or carries the request out if that failed: what it asked for never happens twice.
func TestAnswerIsKeptForAClientThatIsGone(t *testing.T) {
	t.Parallel()
	keyring, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }
	f := &Feature{keys: &memory{}, sealer: keyring.Sealer("api request"), now: now}
	made := 0
	send := func(client context.Context, handle func() error) (*httptest.ResponseRecorder, error) {
		r := httptest.NewRequestWithContext(client, http.MethodPost, "/auth/api/v1/link-tickets", nil)
		r.Header.Set("Idempotency-Key", "8e03978e")
		w := httptest.NewRecorder()
		c := &call{Request: &web.Request{Request: r}, feature: f, key: &apikey.Key{ID: "key"}}
		return w, f.once(w, c, endpoint{handle: func(*call) (any, error) {
			if err := handle(); err != nil {
				return nil, err
			}
			made++
			return map[string]int{"ticket": made}, nil
		}}, nil)
	}
	client, leave := context.WithCancel(t.Context())
	if _, err := send(client, func() error { leave(); return client.Err() }); err == nil {
		t.Error("a request that failed is answered")
	}
	client, leave = context.WithCancel(t.Context())
	if _, err := send(client, func() error { leave(); return nil }); err != nil {
		t.Errorf("after a failure: %v", err)
	}
	w, err := send(t.Context(), func() error { return nil })
	if err != nil || strings.TrimSpace(w.Body.String()) != `{"ticket":1}` || made != 1 {
		t.Errorf("asked again: %v, %q, made %d", err, w.Body, made)
	}
}
