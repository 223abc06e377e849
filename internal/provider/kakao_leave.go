package provider

import (
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
	_ Unlinker = (*Kakao)(nil)
	_ Notifier = (*Kakao)(nil)
)

// Unlink ends the link by admin key, which needs nothing of the person and no token.
func (k *Kakao) Unlink(ctx context.Context, key account.Key) error {
	id, fault := k.userID(key)
	if fault != nil {
		return fault
	}
	_, err := k.client.UnlinkAsAdmin(ctx, id)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kakao.ErrInvalidInput): // no admin key
		return &Error{Kind: Misconfigured, Err: err}
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
func (k *Kakao) ReadNotice(hook string, r *http.Request) (*Notice, bool, error) {
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

func (k *Kakao) unlinked(e *kakao.UnlinkEvent) *Notice {
	user := strconv.FormatInt(e.UserID, 10)
	window := strconv.FormatInt(k.now().Unix()/int64(repeatWindow/time.Second), 10)
	return &Notice{
		ID: digest("unlink", k.app, user, string(e.Reason), window), Key: k.key(user),
		Changes: []Change{linkChange(string(e.Reason))}, What: word(string(e.Reason)),
	}
}

func (k *Kakao) changed(e *kakao.AccountEvent) *Notice {
	n := &Notice{ID: digest("account", e.ID), Key: k.key(strconv.FormatInt(e.UserID, 10)), OccurredAt: e.OccurredAt}
	for _, event := range e.Events {
		c := NoChange
		switch event.Type.Effect() {
		case kakao.EndSessions:
			c = SessionsEnd
		case kakao.EndLink:
			c = linkChange(event.Reason)
		case kakao.ForgetConsent:
			c = ConsentWithdrawn
		default:
			if event.Type == kakao.UserScopeConsent {
				c = ConsentGiven
			}
		}
		if c != NoChange && !slices.Contains(n.Changes, c) {
			n.Changes, n.What = append(n.Changes, c), string(event.Type)
		}
	}
	return n
}

// linkChange sorts the reasons for which Kakao ends a link. Reasons that nobody has documented are the person's own,
// as all but two of the documented ones are.
func linkChange(reason string) Change {
	switch kakao.UnlinkReason(reason) {
	case kakao.IncompleteSignUp:
		return NeverJoined
	case kakao.UnlinkFromAdmin:
		return EndedByProvider
	}
	return LinkEnded
}

func (k *Kakao) key(user string) account.Key {
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
func (k *Kakao) AcceptNotice(hook string, w http.ResponseWriter) {
	if hook == hookAccount {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// RefuseNotice answers with what is wrong, or 503 if it is nothing about the message.
func (k *Kakao) RefuseNotice(w http.ResponseWriter, err error) { kakao.WriteWebhookError(w, err) }
