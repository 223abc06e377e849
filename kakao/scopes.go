package kakao

import (
	"context"
	"net/http"
)

// ScopeType tells personal data from a feature of Kakao's.
type ScopeType string

// The two types of consent item.
const (
	PrivacyScope ScopeType = "PRIVACY" // personal data
	ServiceScope ScopeType = "SERVICE" // friends, messages, channel
)

// Scope is one consent item (동의항목) and what a person said to it.
type Scope struct {
	ID          string // "account_email"
	DisplayName string // Kakao's Korean name of it
	Type        ScopeType
	Using       Flag // No: agreed in the past, no longer configured
	Agreed      Flag
	Revocable   Flag // Absent unless agreed; No for required items
}

// Scopes are a person's consents.
type Scopes struct {
	UserID int64
	Scopes []Scope
}

// Agreed reports whether a consent item is agreed to.
func (s *Scopes) Agreed(id string) bool {
	for i := range s.Scopes {
		if s.Scopes[i].ID == id {
			return s.Scopes[i].Agreed == Yes
		}
	}
	return false
}

// Scopes lists what a person has agreed to, of all items or of those named.
// Source: Kakao, REST API, "동의항목 동의 내역 조회".
func (c *Client) Scopes(ctx context.Context, accessToken Secret, ids ...string) (*Scopes, error) {
	call, err := c.bearer("scopes", accessToken)
	if err != nil {
		return nil, err
	}
	return c.scopes(ctx, call, ids, 0)
}

// ScopesAsAdmin is the same for any person, by admin key.
func (c *Client) ScopesAsAdmin(ctx context.Context, userID int64, ids ...string) (*Scopes, error) {
	call, err := c.admin("scopes", userID)
	if err != nil {
		return nil, err
	}
	return c.scopes(ctx, call, ids, userID)
}

func (c *Client) scopes(ctx context.Context, call call, ids []string, want int64) (*Scopes, error) {
	call.method, call.path, call.again = http.MethodGet, "/v2/user/scopes", true
	if len(ids) > 0 {
		call.params.Set("scopes", jsonText(ids))
	}
	return c.scopesAnswer(ctx, call, want)
}

// RevokeScopes takes consents back (동의 철회). Required items cannot be revoked (-3); they end with
// Unlink. They may be asked for again later with AuthorizeRequest.Scope. The answer
// lists the items as they are now.
// Source: Kakao, REST API, "동의항목 동의 철회".
func (c *Client) RevokeScopes(ctx context.Context, accessToken Secret, ids ...string) (*Scopes, error) {
	call, err := c.bearer("scopes_revoke", accessToken)
	if err != nil {
		return nil, err
	}
	return c.revokeScopes(ctx, call, ids, 0)
}

// RevokeScopesAsAdmin is the same for any person, by admin key.
func (c *Client) RevokeScopesAsAdmin(ctx context.Context, userID int64, ids ...string) (*Scopes, error) {
	call, err := c.admin("scopes_revoke", userID)
	if err != nil {
		return nil, err
	}
	return c.revokeScopes(ctx, call, ids, userID)
}

func (c *Client) revokeScopes(ctx context.Context, call call, ids []string, want int64) (*Scopes, error) {
	if len(ids) == 0 {
		return nil, invalid(call.op, "no consent item is named")
	}
	// Revoking twice is revoking once.
	call.method, call.path, call.again = http.MethodPost, "/v2/user/revoke/scopes", true
	call.params.Set("scopes", jsonText(ids))
	return c.scopesAnswer(ctx, call, want)
}

func (c *Client) scopesAnswer(ctx context.Context, call call, want int64) (*Scopes, error) {
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
			p.array(func() { list.Scopes = append(list.Scopes, p.scope()) })
		default:
			p.skip()
		}
	}
	if err := checkID(call.op, p.done(), list.UserID, want); err != nil {
		return nil, err
	}
	return list, nil
}

func (p *parser) scope() Scope {
	var s Scope
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "id":
			s.ID = p.str()
		case "display_name":
			s.DisplayName = p.str()
		case "type":
			s.Type = ScopeType(p.str())
		case "using":
			s.Using = p.flag()
		case "agreed":
			s.Agreed = p.flag()
		case "revocable":
			s.Revocable = p.flag()
		default:
			p.skip()
		}
	}
	return s
}
