package apple

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

func (p *Provider) tokensOf(t *apple.Token) provider.Tokens {
	return provider.Tokens{
		Access: provider.Secret(t.AccessToken), Refresh: provider.Secret(t.RefreshToken), ClientID: t.ClientID,
		AccessExpiresAt: t.ExpiresAt, RefreshNotBefore: p.now().Add(apple.RefreshInterval),
	}
}

// Refresh validates the refresh token and renews the access token, at most once a day.
func (p *Provider) Refresh(ctx context.Context, k account.Key, t provider.Tokens) (provider.Tokens, error) {
	if wait := t.RefreshNotBefore.Sub(p.now()); wait > 0 {
		e := translator.New(provider.RateLimited, errors.New("a refresh token may be validated once a day"))
		e.RetryAfter = wait
		return provider.Tokens{}, e
	}
	got, err := p.client.Refresh(ctx, apple.Secret(t.Refresh), p.clientOf(t))
	if err != nil {
		return provider.Tokens{}, translator.Failure(err)
	}
	if got.IDToken != "" {
		id, err := p.verify(ctx, got.IDToken, apple.IDTokenOptions{ClientID: got.ClientID, SkipNonce: true})
		if err != nil {
			return provider.Tokens{}, translator.Failure(err)
		}
		if id.Subject != k.Subject {
			return provider.Tokens{}, translator.New(provider.InvalidAnswer, errors.New("refreshed tokens of another user"))
		}
	}
	next := p.tokensOf(got)
	next.Scope, next.RefreshExpiresAt = t.Scope, t.RefreshExpiresAt
	return next, nil
}

// clientOf is the client id that tokens were issued to.
func (p *Provider) clientOf(t provider.Tokens) string {
	if t.ClientID == "" {
		return p.servicesID
	}
	return t.ClientID
}

// Unlink revokes the newest token of each client id with that client id. Apple does not document whether one revocation
// ends the link for all, and answers a dead token like a live one: the result is [provider.Unconfirmed]. Tokens of a
// client id that is no longer configured are left out.
func (p *Provider) Unlink(ctx context.Context, r provider.UnlinkRequest) (provider.UnlinkResult, error) {
	var done []string
	for _, t := range r.Tokens {
		client := p.clientOf(t)
		if t.Refresh == "" || slices.Contains(done, client) {
			continue
		}
		err := p.client.Revoke(ctx, apple.Secret(t.Refresh), client)
		switch {
		case errors.Is(err, apple.ErrInvalidInput):
			continue
		case err != nil:
			return 0, translator.Failure(err)
		}
		done = append(done, client)
	}
	if len(done) == 0 {
		return provider.NoToken, nil
	}
	return provider.Unconfirmed, nil
}

// hookEvents is the last segment of the address of server-to-server notices.
const hookEvents = "events"

// ReadNotice verifies a server-to-server notice.
func (p *Provider) ReadNotice(hook string, r *http.Request) (*provider.Notice, bool, error) {
	if hook != hookEvents {
		return nil, false, nil
	}
	got, err := p.client.ParseNotice(r.Context(), r)
	if err != nil {
		return nil, true, translator.Failure(err)
	}
	first := got.Events[0]
	n := &provider.Notice{
		ID: noticeID(got.ID), Key: p.key(first.Subject), What: string(first.Type), OccurredAt: first.At,
	}
	if first.At.IsZero() { // without a date, the end of a link would not be believed
		n.OccurredAt = got.SentAt
	}
	for _, e := range got.Events {
		if e.Subject != first.Subject {
			// Apple documents one event, of one user, for each notice. A notice that says otherwise is not understood.
			return nil, true, &apple.NoticeError{Status: http.StatusBadRequest, Reason: "events about several users"}
		}
		if c := changes[e.Type]; c != provider.NoChange && !slices.Contains(n.Changes, c) {
			n.Changes = append(n.Changes, c)
		}
	}
	return n, true, nil
}

// changes are what the events mean. Types that are not listed have no effect.
var changes = map[apple.EventType]provider.Change{
	apple.ConsentRevoked: provider.LinkEnded, apple.AccountDeleted: provider.LinkEnded,
	apple.EmailDisabled: provider.EmailUnusable, apple.EmailEnabled: provider.EmailUsable,
}

// noticeID identifies a notice without repeating its content.
func noticeID(jti string) string {
	sum := sha256.Sum256([]byte("apple notice " + jti))
	return hex.EncodeToString(sum[:])
}

// AcceptNotice answers 200.
func (*Provider) AcceptNotice(_ string, w http.ResponseWriter) { w.WriteHeader(http.StatusOK) }

// RefuseNotice answers with the fault of the message, or 503 if there is none.
func (*Provider) RefuseNotice(w http.ResponseWriter, err error) { apple.WriteNoticeError(w, err) }
