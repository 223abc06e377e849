package kakao

import (
	"net/http"
	"strings"
	"testing"
)

func TestWH18_S22_EventsThatAreNullOrContradictoryAreRefused(t *testing.T) {
	t.Parallel()
	const (
		oauth = "https://schemas.openid.net/secevent/oauth/event-type/"
		risc  = "https://schemas.openid.net/secevent/risc/event-type/"
	)
	k := signers()[0]
	is, c := newIssuer(t, k)
	parse := func(events any) error {
		_, err := c.ParseAccountWebhook(setRequest(k.set(is, map[string]any{"events": events})))
		return err
	}
	empty := map[string]any{}
	for name, events := range map[string]any{
		"null event":        map[string]any{oauth + "user-unlinked": nil},
		"text event":        map[string]any{oauth + "user-unlinked": "x"},
		"list event":        map[string]any{risc + "account-purged": []any{}},
		"false event":       map[string]any{risc + "sessions-revoked": false},
		"one of two null":   map[string]any{risc + "sessions-revoked": empty, oauth + "user-scope-withdraw": nil},
		"null events":       nil,
		"no events":         empty,
		"linked, unlinked":  map[string]any{oauth + "user-linked": empty, oauth + "user-unlinked": empty},
		"linked, purged":    map[string]any{oauth + "user-linked": empty, risc + "account-purged": empty},
		"enabled, disabled": map[string]any{risc + "account-enabled": empty, risc + "account-disabled": empty},
		"given, withdrawn":  map[string]any{oauth + "user-scope-consent": empty, oauth + "user-scope-withdraw": empty},
		"http and https": map[string]any{
			oauth + "user-unlinked":                                map[string]any{"reason": "ACCOUNT_DELETE"},
			strings.Replace(oauth, "s:", ":", 1) + "user-unlinked": map[string]any{"reason": "INCOMPLETE_SIGN_UP"},
		},
	} {
		refusedWith(t, name, parse(events), http.StatusBadRequest)
	}
	for name, events := range map[string]any{
		"unlinked":             map[string]any{oauth + "user-unlinked": empty},
		"unlinked and purged":  map[string]any{oauth + "user-unlinked": empty, risc + "account-purged": empty},
		"linked and consented": map[string]any{oauth + "user-linked": empty, oauth + "user-scope-consent": empty},
	} {
		if err := parse(events); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
