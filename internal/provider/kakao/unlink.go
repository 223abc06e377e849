package kakao

import (
	"github.com/norang-login/norang/internal/provider"

	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/kakao"
)

var (
	_ provider.Unlinker = (*Provider)(nil)
	_ provider.Notifier = (*Provider)(nil)
)

// Unlink ends the link by admin key, which needs nothing of the person and no token.
func (k *Provider) Unlink(ctx context.Context, key account.Key) error {
	id, fault := k.userID(key)
	if fault != nil {
		return fault
	}
	_, err := k.client.UnlinkAsAdmin(ctx, id)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kakao.ErrInvalidInput): // no admin key
		return &provider.Error{Kind: provider.Misconfigured, Err: err}
	}
	return failure(err)
}

// The hooks: the last parts of the addresses that stand in Kakao's console.
const (
	hookUnlink  = "unlink"
	hookAccount = "account"
)

// repeatWindow is how long an unlink webhook of the same words is taken for the same one. Kakao says neither when it
// happened nor which one it is, and a person may link and unlink again.
const repeatWindow = 10 * time.Minute

// ReadNotice verifies Kakao's two webhooks.
func (k *Provider) ReadNotice(hook string, r *http.Request) (*provider.Notice, bool, error) {
	switch hook {
	case hookUnlink:
		e, err := k.client.ParseUnlinkWebhook(r)
		if err != nil {
			return nil, true, err
		}
		return k.unlinked(e), true, nil
	case hookAccount:
		e, err := k.client.ParseAccountWebhook(r)
		if err != nil {
			return nil, true, err
		}
		return k.changed(e), true, nil
	}
	return nil, false, nil
}

func (k *Provider) unlinked(e *kakao.UnlinkEvent) *provider.Notice {
	user := strconv.FormatInt(e.UserID, 10)
	window := strconv.FormatInt(k.now().Unix()/int64(repeatWindow/time.Second), 10)
	return &provider.Notice{
		ID: digest("unlink", k.app, user, string(e.Reason), window), Key: k.key(user),
		Changes: []provider.Change{linkChange(string(e.Reason))}, What: word(string(e.Reason)),
	}
}

func (k *Provider) changed(e *kakao.AccountEvent) *provider.Notice {
	n := &provider.Notice{ID: digest("account", e.ID), Key: k.key(strconv.FormatInt(e.UserID, 10)), OccurredAt: e.OccurredAt}
	for _, event := range e.Events {
		c := provider.NoChange
		switch event.Type.Effect() {
		case kakao.RevokeSessions:
			c = provider.SessionsEnd
		case kakao.HandleUnlink:
			c = linkChange(event.Reason)
		case kakao.DeleteConsentedData:
			c = provider.ConsentWithdrawn
		default:
			if event.Type == kakao.UserScopeConsent {
				c = provider.ConsentGiven
			}
		}
		if c != provider.NoChange && !slices.Contains(n.Changes, c) {
			n.Changes, n.What = append(n.Changes, c), string(event.Type)
		}
	}
	return n
}

// linkChange sorts the reasons for which Kakao ends a link. Reasons that nobody has documented are the person's own,
// as all but two of the documented ones are.
func linkChange(reason string) provider.Change {
	switch kakao.UnlinkReason(reason) {
	case kakao.IncompleteSignUp:
		return provider.NeverJoined
	case kakao.UnlinkFromAdmin:
		return provider.EndedByProvider
	}
	return provider.LinkEnded
}

func (k *Provider) key(user string) account.Key {
	return account.Key{Provider: k.Name(), App: k.app, Subject: user}
}

// digest names a message without repeating anything of it.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// word keeps a provider's code if it is one, and nothing that somebody wrote freely.
func word(s string) string {
	if len(s) > 40 || strings.ContainsFunc(s, func(c rune) bool { return c != '_' && (c < 'A' || c > 'Z') }) {
		return "OTHER"
	}
	return s
}

// AcceptNotice answers 200 for the one and 202 for the other (RFC 8935 section 2.2).
func (k *Provider) AcceptNotice(hook string, w http.ResponseWriter) {
	if hook == hookAccount {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// RefuseNotice answers with what is wrong, or 503 if it is nothing about the message.
func (k *Provider) RefuseNotice(w http.ResponseWriter, err error) { kakao.WriteWebhookError(w, err) }
