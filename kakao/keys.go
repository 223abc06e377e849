package kakao

import (
	"context"
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

const opKeys = "jwks"

// algorithms are those of Kakao's keys.
var algorithms = []idtoken.Algorithm{idtoken.RS256}

// newKeys returns the cache of the keys that sign ID tokens and security events.
func (c *Client) newKeys() *idtoken.Keys {
	return idtoken.NewKeys(idtoken.KeysConfig{
		Fetch: c.fetchKeys, Algorithms: algorithms, Now: c.cfg.Now,
		MaxAge: c.cfg.KeysMaxAge, MaxStale: c.cfg.KeysMaxStale, Interval: c.cfg.KeyFetchInterval,
	})
}

func (c *Client) fetchKeys(ctx context.Context) ([]byte, error) {
	return c.do(ctx, call{
		op: opKeys, host: c.authServer, method: http.MethodGet, path: "/.well-known/jwks.json", retry: true,
	})
}

// verify checks the signature of a token. The error is an *Error if the keys cannot be fetched, which says nothing
// about the token.
func (c *Client) verify(ctx context.Context, t *idtoken.JWS, use idtoken.Use) error {
	err := t.Verify(ctx, c.keys, use)
	var keys *idtoken.KeysError
	if !errors.As(err, &keys) {
		return err
	}
	var e *Error
	switch {
	case !errors.As(keys.Err, &e):
		return &Error{Op: opKeys, kind: ErrUnavailable, RetryAfter: keys.RetryAfter, cause: keys.Err}
	case e.kind == ErrUnavailable:
		return e
	}
	return &Error{Op: opKeys, kind: ErrUnavailable, RetryAfter: e.RetryAfter, cause: e}
}
