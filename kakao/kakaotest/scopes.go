package kakaotest

import (
	"fmt"
	"net/http"
	"slices"
)

// scopesBody is the response of /v2/user/scopes and its revocation.
type scopesBody struct {
	ID     int64       `json:"id"`
	Scopes []scopeBody `json:"scopes"`
}

type scopeBody struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	Type        string `json:"type"`
	Using       bool   `json:"using"`
	Agreed      bool   `json:"agreed"`
	Revocable   *bool  `json:"revocable,omitempty"` // only when agreed
}

// userScopes is GET /v2/user/scopes.
func userScopes(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	only, fail := c.scopeList(s.app, s.link, false)
	if fail != nil {
		return *fail
	}
	return jsonAnswer(http.StatusOK, scopesOf(s, only))
}

// userRevokeScopes is POST /v2/user/revoke/scopes. It revokes all the named items or none.
func userRevokeScopes(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	ids, fail := c.scopeList(s.app, s.link, true)
	if fail != nil {
		return *fail
	}
	for _, id := range ids {
		if consentItem(s.app, id).Step == StepRequired {
			return c.kapiFail(-3, fmt.Sprintf("[%s] is not revocable scope.", id))
		}
	}
	c.w.revokeScopes(s.app, s.link, ids)
	return jsonAnswer(http.StatusOK, scopesOf(s, ids))
}

// revokeScopes withdraws consents and tells the account webhook. The caller holds the lock.
func (w *world) revokeScopes(a *App, l *link, ids []string) {
	gone := false
	for _, id := range ids {
		if l.has(id) {
			delete(l.agreed.items, id)
			l.agreed.former[id] = true
			gone = true
		}
	}
	if gone {
		w.out.event(w, a, l, "user-scope-withdraw", nil)
	}
}

// scopeList reads scopes, a JSON array of consent items that the app has or the user agreed to.
func (c apiCall) scopeList(a *App, l *link, required bool) ([]string, *answer) {
	if !c.has("scopes") && !required {
		return nil, nil
	}
	ids, ok := parseStrings(c.get("scopes"))
	if !ok {
		return nil, c.refuse(-2, "scopes must be a JSON array of ids")
	}
	for _, id := range ids {
		if consentItem(a, id).Step == StepOff && !l.has(id) {
			return nil, c.refuse(-2, fmt.Sprintf("[%s] is not a scope of this app", clip(id, 60)))
		}
	}
	return ids, nil
}

// scopesOf lists the items of the app, or those in only if it is not nil.
func scopesOf(s subject, only []string) scopesBody {
	body := scopesBody{ID: s.link.userID, Scopes: []scopeBody{}}
	for _, k := range consentKinds() {
		step := consentItem(s.app, k.id).Step
		agreed := s.link.has(k.id)
		if step == StepOff && !agreed || only != nil && !slices.Contains(only, k.id) {
			continue
		}
		b := scopeBody{ID: k.id, DisplayName: k.ko, Type: k.kind, Using: step != StepOff, Agreed: agreed}
		if agreed {
			revocable := step != StepRequired
			b.Revocable = &revocable
		}
		body.Scopes = append(body.Scopes, b)
	}
	return body
}
