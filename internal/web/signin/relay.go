package signin

import (
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/web"
)

const (
	// relayParam is the query parameter that holds the sealed form.
	relayParam = "form"
	relayLife  = time.Minute
	// maxRelayed bounds the form, in bytes, so that the sealed query fits into a URL everywhere.
	maxRelayed = 4096
)

// relay takes callbacks that a provider POSTs (response_mode=form_post). A cross-site POST comes without the attempt
// cookie, which is SameSite=Lax, so its form fields travel, sealed, to a GET of the same path, which has the cookie.
// The POST does nothing else.
type relay struct {
	kernel *web.Kernel
	sealer *seal.Sealer
}

// post redirects to the GET step with the form's fields.
func (l *relay) post(w http.ResponseWriter, r *web.Request) error {
	if err := r.ReadForm(w, maxRelayed); err != nil {
		return err
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(l.kernel.Now().Add(relayLife).UnixMilli()))
	b = append(b, r.PostForm.Encode()...)
	return web.Redirect(w, web.WithQuery(r.URL.Path, url.Values{relayParam: {l.sealer.Seal(b, r.URL.Path)}}))
}

// params reads the form's fields in the GET step.
func (l *relay) params(r *web.Request) (url.Values, error) {
	b, err := l.sealer.Open(r.Query().Get(relayParam), r.URL.Path)
	if err != nil || len(b) < 8 {
		return nil, problem.Wrap(problem.LoginBadCallback, errors.New("callback without a relayed form"))
	}
	if until := time.UnixMilli(int64(binary.BigEndian.Uint64(b))); l.kernel.Now().After(until) {
		return nil, problem.Wrap(problem.LoginExpired, errors.New("relayed form is too old"))
	}
	q, err := url.ParseQuery(string(b[8:]))
	return q, problem.Wrap(problem.LoginBadCallback, err)
}
