package kakao

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

var (
	_ provider.Unlinker = (*Provider)(nil)
	_ provider.Notifier = (*Provider)(nil)
)

// Unlink ends the link with the admin key; it needs no token.
func (k *Provider) Unlink(ctx context.Context, r provider.UnlinkRequest) (provider.UnlinkResult, error) {
	id, fault := k.userID(r.Key)
	if fault != nil {
		return 0, fault
	}
	_, err := k.client.UnlinkAsAdmin(ctx, id)
	switch {
	case err == nil:
		return provider.Unlinked, nil
	case errors.Is(err, kakao.ErrInvalidInput): // no admin key
		return 0, newError(provider.Misconfigured, err)
	}
	return 0, failure(err)
}

// The hooks, which are the last segments of the webhook addresses in Kakao's console.
const (
	hookUnlink  = "unlink"
	hookAccount = "account"
)

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
			return nil, true, failure(err)
		}
		return k.changed(e), true, nil
	}
	return nil, false, nil
}

// unlinked is the notice of an unlink webhook, which has no id and no date.
func (k *Provider) unlinked(e *kakao.UnlinkEvent) *provider.Notice {
	return &provider.Notice{
		Key:     k.key(strconv.FormatInt(e.UserID, 10)),
		Changes: []provider.Change{linkChange(string(e.Reason))}, What: word(string(e.Reason)),
	}
}

func (k *Provider) changed(e *kakao.AccountEvent) *provider.Notice {
	n := &provider.Notice{
		ID: digest("account", e.ID), Key: k.key(strconv.FormatInt(e.UserID, 10)), OccurredAt: e.OccurredAt,
	}
	for _, event := range e.Events {
		c := provider.NoChange
		switch event.Type.Effect() {
		case kakao.RevokeSessions:
			c = provider.SessionsEnd
		case kakao.HandleUnlink:
			c = linkChange(event.Reason)
		case kakao.DeleteConsentedData:
			c = provider.ConsentWithdrawn
		}
		switch event.Type {
		case kakao.UserScopeConsent:
			c = provider.ConsentGiven
		case kakao.IdentifierRecycled:
			c = provider.EmailReassigned
		}
		if c != provider.NoChange && !slices.Contains(n.Changes, c) {
			n.Changes, n.What = append(n.Changes, c), string(event.Type)
		}
	}
	return n
}

// linkChange translates the reasons for which Kakao ends a link. An undocumented reason counts as the user's wish, as
// all but two of the documented ones are.
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
	return account.Key{Provider: Name, Namespace: k.app, Subject: user}
}

// digest identifies a message without repeating its content.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// word returns s if it has the form of a code, so that free text does not reach the audit log.
func word(s string) string {
	if len(s) > 40 || strings.ContainsFunc(s, func(c rune) bool { return c != '_' && (c < 'A' || c > 'Z') }) {
		return "OTHER"
	}
	return s
}

// AcceptNotice answers 202 to account webhooks (RFC 8935 section 2.2) and 200 to unlink webhooks.
func (k *Provider) AcceptNotice(hook string, w http.ResponseWriter) {
	if hook == hookAccount {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// RefuseNotice answers with the fault of the message, or 503 if there is none.
func (k *Provider) RefuseNotice(w http.ResponseWriter, err error) { kakao.WriteWebhookError(w, err) }
