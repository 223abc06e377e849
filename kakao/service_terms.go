package kakao

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// AgreedBy tells where a person agreed to a service term.
type AgreedBy string

// Where a person can agree.
const (
	AgreedAtKakao   AgreedBy = "KAUTH" // on Kakao's consent screen
	AgreedAtService AgreedBy = "KAPI"  // at the service, recorded with UpgradeServiceTerms
)

// ServiceTerm is one of the service's own terms (서비스 약관) and what a person said to it.
type ServiceTerm struct {
	Tag       string // the term's id in the console (약관 태그)
	Required  Flag
	Agreed    Flag
	Revocable Flag
	AgreedAt  time.Time // zero if not agreed
	AgreedBy  AgreedBy  // "" if not agreed
}

// ServiceTerms are a person's answers to the service's terms.
type ServiceTerms struct {
	UserID int64
	Terms  []ServiceTerm
}

// ServiceTermsOptions narrows the list. The zero value lists the agreed terms.
type ServiceTermsOptions struct {
	All  bool     // list all terms of the app, also those not agreed to
	Tags []string // only these
}

// ServiceTerms lists what terms a person has agreed to. Kakao Sync apps only.
// Source: Kakao, REST API, "서비스 약관 동의 내역 조회".
func (c *Client) ServiceTerms(ctx context.Context, accessToken Secret, opts ServiceTermsOptions) (*ServiceTerms, error) {
	call, err := c.bearer("service_terms", accessToken)
	if err != nil {
		return nil, err
	}
	return c.serviceTerms(ctx, call, opts, 0)
}

// ServiceTermsAsAdmin is the same for any person, by admin key.
func (c *Client) ServiceTermsAsAdmin(ctx context.Context, userID int64, opts ServiceTermsOptions) (*ServiceTerms, error) {
	call, err := c.admin("service_terms", userID)
	if err != nil {
		return nil, err
	}
	return c.serviceTerms(ctx, call, opts, userID)
}

func (c *Client) serviceTerms(ctx context.Context, call call, opts ServiceTermsOptions, want int64) (*ServiceTerms, error) {
	call.method, call.path, call.again = http.MethodGet, "/v2/user/service_terms", true
	if opts.All {
		call.params.Set("result", "app_service_terms")
	}
	if len(opts.Tags) > 0 {
		tags, err := joinTags(opts.Tags)
		if err != "" {
			return nil, invalid(call.op, err)
		}
		call.params.Set("tags", tags)
	}
	return c.termsAnswer(ctx, call, want, "service_terms")
}

// RevokeServiceTerms takes a person's agreement to terms back. The answer lists them
// with Agreed No. Unknown tags answer -2.
// Source: Kakao, REST API, "서비스 약관 동의 철회".
func (c *Client) RevokeServiceTerms(ctx context.Context, accessToken Secret, tags ...string) (*ServiceTerms, error) {
	call, err := c.bearer("service_terms_revoke", accessToken)
	if err != nil {
		return nil, err
	}
	return c.changeTerms(ctx, call, tags, 0, "/v2/user/revoke/service_terms", "revoked_service_terms")
}

// RevokeServiceTermsAsAdmin is the same for any person, by admin key.
func (c *Client) RevokeServiceTermsAsAdmin(ctx context.Context, userID int64, tags ...string) (*ServiceTerms, error) {
	call, err := c.admin("service_terms_revoke", userID)
	if err != nil {
		return nil, err
	}
	return c.changeTerms(ctx, call, tags, userID, "/v2/user/revoke/service_terms", "revoked_service_terms")
}

// UpgradeServiceTerms records at Kakao that a person agreed to terms at the service
// itself. Call it only for an agreement that the service really collected.
// Source: Kakao, REST API, "서비스 약관에 동의".
func (c *Client) UpgradeServiceTerms(ctx context.Context, accessToken Secret, tags ...string) (*ServiceTerms, error) {
	call, err := c.bearer("service_terms_upgrade", accessToken)
	if err != nil {
		return nil, err
	}
	return c.changeTerms(ctx, call, tags, 0, "/v2/user/upgrade/service_terms", "agreed_service_terms")
}

// UpgradeServiceTermsAsAdmin is the same for any person, by admin key.
func (c *Client) UpgradeServiceTermsAsAdmin(ctx context.Context, userID int64, tags ...string) (*ServiceTerms, error) {
	call, err := c.admin("service_terms_upgrade", userID)
	if err != nil {
		return nil, err
	}
	return c.changeTerms(ctx, call, tags, userID, "/v2/user/upgrade/service_terms", "agreed_service_terms")
}

func (c *Client) changeTerms(ctx context.Context, call call, tags []string, want int64, path, member string) (*ServiceTerms, error) {
	joined, problem := joinTags(tags)
	if problem != "" {
		return nil, invalid(call.op, problem)
	}
	// Doing either twice is doing it once, but for the time that Kakao notes.
	call.method, call.path, call.again = http.MethodPost, path, true
	call.params.Set("tags", joined)
	return c.termsAnswer(ctx, call, want, member)
}

// joinTags refuses a tag with a comma, which would name a term that nobody meant.
func joinTags(tags []string) (joined, problem string) {
	if len(tags) == 0 {
		return "", "no tag is named"
	}
	for _, tag := range tags {
		if tag == "" || strings.Contains(tag, ",") {
			return "", "a tag is empty or has a comma"
		}
	}
	return strings.Join(tags, ","), ""
}

func (c *Client) termsAnswer(ctx context.Context, call call, want int64, member string) (*ServiceTerms, error) {
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	list := new(ServiceTerms)
	p := parser{b: body}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "id":
			list.UserID = p.int()
		case member:
			p.array(func() { list.Terms = append(list.Terms, p.serviceTerm()) })
		default:
			p.skip()
		}
	}
	if err := checkID(call.op, p.done(), list.UserID, want); err != nil {
		return nil, err
	}
	return list, nil
}

func (p *parser) serviceTerm() ServiceTerm {
	var s ServiceTerm
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "tag":
			s.Tag = p.str()
		case "required":
			s.Required = p.flag()
		case "agreed":
			s.Agreed = p.flag()
		case "revocable":
			s.Revocable = p.flag()
		case "agreed_at":
			s.AgreedAt = p.time()
		case "agreed_by":
			s.AgreedBy = AgreedBy(p.str())
		default:
			p.skip()
		}
	}
	return s
}
