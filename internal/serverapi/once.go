package serverapi

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/web"
)

// maxIdempotencyKey is the longest Idempotency-Key, in bytes.
const maxIdempotencyKey = 255

// settleWithin bounds keeping the answer of a request whose client may be gone.
const settleWithin = 5 * time.Second

// once carries a request with an Idempotency-Key out once, and repeats its answer, which is kept sealed. Failures are
// not kept: the request may be made again.
func (f *Feature) once(w http.ResponseWriter, c *call, e endpoint, body []byte) error {
	values := c.Header["Idempotency-Key"]
	switch {
	case len(values) == 0:
		return answer(w, c, e)
	case len(values) > 1 || values[0] == "" || len(values[0]) > maxIdempotencyKey:
		return bad("Idempotency-Key must be one value of 1 to 255 bytes")
	}
	r := apikey.Request{
		KeyID: c.key.ID, Name: sha256.Sum256([]byte(values[0])), At: f.now().UTC(),
		Content: sha256.Sum256([]byte(c.Method + " " + c.URL.EscapedPath() + "\n" + string(body))),
	}
	sealed, err := f.keys.BeginRequest(c.Context(), r)
	switch {
	case errors.Is(err, apikey.ErrOtherRequest):
		return problem.Wrap(problem.APIOtherRequest, err)
	case errors.Is(err, apikey.ErrRunning):
		return problem.Wrap(problem.APIRunning, err)
	case err != nil:
		return problem.Wrap(problem.StoreUnavailable, err)
	case sealed != nil:
		kept, err := f.sealer.Open(string(sealed), c.key.ID)
		if err != nil {
			return problem.Wrap(problem.Internal, err)
		}
		return web.WriteJSON(w, http.StatusOK, json.RawMessage(kept))
	}
	v, err := e.handle(c)
	// A client that has given up waiting is the one that asks again, so its end does not keep the answer from being kept.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), settleWithin)
	defer cancel()
	if err != nil {
		return problemOf(errors.Join(err, f.keys.EndRequest(ctx, r, nil)))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	if err := f.keys.EndRequest(ctx, r, []byte(f.sealer.Seal(text, c.key.ID))); err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	return web.WriteJSON(w, http.StatusOK, json.RawMessage(text))
}
