package kakao

import (
	"context"
	"net/http"
)

// ScopeType is the type of a consent item.
type ScopeType string

// The types of consent items.
const (
	PrivacyScope ScopeType = "PRIVACY" // personal data
	ServiceScope ScopeType = "SERVICE" // friends, messages, channel
)

// Scope is a consent item (동의항목) and a user's answer to it.
type Scope struct {
	ID          string // for example "account_email"
	DisplayName string // Kakao's Korean name of the item
	Type        ScopeType
	Using       Flag // No: agreed in the past, no longer configured
	Agreed      Flag
	Revocable   Flag // Absent unless agreed; No for required items
}

// Scopes are a user's consents.
type Scopes struct {
	UserID int64
	Scopes []Scope
}

// Agreed reports whether the user has agreed to a consent item.
func (s *Scopes) Agreed(id string) bool {
	for i := range s.Scopes {
		if s.Scopes[i].ID == id {
			return s.Scopes[i].Agreed == Yes
		}
	}
	return false
}

// Scopes returns the user's consents, for all consent items or for those with the given ids.
// Source: Kakao, REST API, "동의항목 동의 내역 조회".
func (c *Client) Scopes(ctx context.Context, accessToken Secret, ids ...string) (*Scopes, error) {
	return c.scopes(ctx, c.bearer("scopes", accessToken), ids)
}

// ScopesAsAdmin is Scopes for any user, using the admin key.
func (c *Client) ScopesAsAdmin(ctx context.Context, userID int64, ids ...string) (*Scopes, error) {
	return c.scopes(ctx, c.admin("scopes", userID), ids)
}

func (c *Client) scopes(ctx context.Context, call call, ids []string) (*Scopes, error) {
	call.method, call.path, call.retry = http.MethodGet, "/v2/user/scopes", true
	if len(ids) > 0 {
		call.params.Set("scopes", jsonText(ids))
	}
	return c.callForScopes(ctx, call)
}

// RevokeScopes withdraws consents (동의 철회) and returns the current state of the items. Required items cannot be
// revoked (-3); they end only with Unlink. AuthorizeRequest.Scope can ask for revoked items again.
// Source: Kakao, REST API, "동의항목 동의 철회".
func (c *Client) RevokeScopes(ctx context.Context, accessToken Secret, ids ...string) (*Scopes, error) {
	return c.revokeScopes(ctx, c.bearer("scopes_revoke", accessToken), ids)
}

// RevokeScopesAsAdmin is RevokeScopes for any user, using the admin key.
func (c *Client) RevokeScopesAsAdmin(ctx context.Context, userID int64, ids ...string) (*Scopes, error) {
	return c.revokeScopes(ctx, c.admin("scopes_revoke", userID), ids)
}

func (c *Client) revokeScopes(ctx context.Context, call call, ids []string) (*Scopes, error) {
	if len(ids) == 0 {
		return nil, invalid(call.op, "no consent items")
	}
	call.method, call.path, call.retry = http.MethodPost, "/v2/user/revoke/scopes", true
	call.params.Set("scopes", jsonText(ids))
	return c.callForScopes(ctx, call)
}

func (c *Client) callForScopes(ctx context.Context, call call) (*Scopes, error) {
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	list := new(Scopes)
	p := parser{b: body}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "id":
			list.UserID = p.int()
		case "scopes":
			p.arrayOrSkip(func() {
				if s := readScope(&p); s.ID != "" {
					list.Scopes = append(list.Scopes, s)
				}
			})
		default:
			p.skip()
		}
	}
	if err := call.check(p.done(), list.UserID); err != nil {
		return nil, err
	}
	return list, nil
}

func readScope(p *parser) Scope {
	var s Scope
	for o := p.objectOrSkip(); o.next(); {
		switch string(o.key) {
		case "id":
			s.ID = p.stringOrSkip()
		case "display_name":
			s.DisplayName = p.stringOrSkip()
		case "type":
			s.Type = ScopeType(p.stringOrSkip())
		case "using":
			s.Using = p.flagOrSkip()
		case "agreed":
			s.Agreed = p.flagOrSkip()
		case "revocable":
			s.Revocable = p.flagOrSkip()
		default:
			p.skip()
		}
	}
	return s
}
