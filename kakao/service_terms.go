package kakao

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// AgreedBy is where a user agreed to a service term.
type AgreedBy string

// The places where a user can agree.
const (
	AgreedAtKakao   AgreedBy = "KAUTH" // on Kakao's consent screen
	AgreedAtService AgreedBy = "KAPI"  // at the service, recorded by UpgradeServiceTerms
)

// ServiceTerm is one of the service's terms (서비스 약관) and a user's answer to it.
type ServiceTerm struct {
	Tag       string // id of the term in the console (약관 태그)
	Required  Flag
	Agreed    Flag
	Revocable Flag
	AgreedAt  time.Time // zero if not agreed
	AgreedBy  AgreedBy  // "" if not agreed
}

// ServiceTerms are a user's answers to the service's terms.
type ServiceTerms struct {
	UserID int64
	Terms  []ServiceTerm
}

// ServiceTermsOptions selects terms. The zero value selects the terms that the user has agreed to.
type ServiceTermsOptions struct {
	All  bool     // select all terms of the app
	Tags []string // select only terms with these tags
}

// ServiceTerms returns the terms that the user has agreed to. It requires Kakao Sync.
// Source: Kakao, REST API, "서비스 약관 동의 내역 조회".
func (c *Client) ServiceTerms(
	ctx context.Context, accessToken Secret, opts ServiceTermsOptions,
) (*ServiceTerms, error) {
	return c.serviceTerms(ctx, c.bearer("service_terms", accessToken), opts)
}

// ServiceTermsAsAdmin is ServiceTerms for any user, using the admin key.
func (c *Client) ServiceTermsAsAdmin(
	ctx context.Context, userID int64, opts ServiceTermsOptions,
) (*ServiceTerms, error) {
	return c.serviceTerms(ctx, c.admin("service_terms", userID), opts)
}

func (c *Client) serviceTerms(ctx context.Context, call call, opts ServiceTermsOptions) (*ServiceTerms, error) {
	call.method, call.path, call.retry = http.MethodGet, "/v2/user/service_terms", true
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
	return c.callForTerms(ctx, call, "service_terms")
}

// RevokeServiceTerms withdraws the user's agreement to terms and returns the terms with Agreed No. An unknown tag is
// Kakao's error -2.
// Source: Kakao, REST API, "서비스 약관 동의 철회".
func (c *Client) RevokeServiceTerms(ctx context.Context, accessToken Secret, tags ...string) (*ServiceTerms, error) {
	return c.revokeTerms(ctx, c.bearer("service_terms_revoke", accessToken), tags)
}

// RevokeServiceTermsAsAdmin is RevokeServiceTerms for any user, using the admin key.
func (c *Client) RevokeServiceTermsAsAdmin(ctx context.Context, userID int64, tags ...string) (*ServiceTerms, error) {
	return c.revokeTerms(ctx, c.admin("service_terms_revoke", userID), tags)
}

func (c *Client) revokeTerms(ctx context.Context, call call, tags []string) (*ServiceTerms, error) {
	call.path = "/v2/user/revoke/service_terms"
	return c.changeTerms(ctx, call, tags, "revoked_service_terms")
}

// UpgradeServiceTerms records at Kakao that the user agreed to terms at the service. Call it only for an agreement
// that the service has actually collected.
// Source: Kakao, REST API, "서비스 약관에 동의".
func (c *Client) UpgradeServiceTerms(ctx context.Context, accessToken Secret, tags ...string) (*ServiceTerms, error) {
	return c.upgradeTerms(ctx, c.bearer("service_terms_upgrade", accessToken), tags)
}

// UpgradeServiceTermsAsAdmin is UpgradeServiceTerms for any user, using the admin key.
func (c *Client) UpgradeServiceTermsAsAdmin(ctx context.Context, userID int64, tags ...string) (*ServiceTerms, error) {
	return c.upgradeTerms(ctx, c.admin("service_terms_upgrade", userID), tags)
}

func (c *Client) upgradeTerms(ctx context.Context, call call, tags []string) (*ServiceTerms, error) {
	call.path = "/v2/user/upgrade/service_terms"
	return c.changeTerms(ctx, call, tags, "agreed_service_terms")
}

func (c *Client) changeTerms(ctx context.Context, call call, tags []string, member string) (*ServiceTerms, error) {
	joined, problem := joinTags(tags)
	if problem != "" {
		return nil, invalid(call.op, problem)
	}
	// A retry changes nothing but the time that Kakao records.
	call.method, call.retry = http.MethodPost, true
	call.params.Set("tags", joined)
	return c.callForTerms(ctx, call, member)
}

// joinTags rejects tags with a comma, which would name other terms.
func joinTags(tags []string) (joined, problem string) {
	if len(tags) == 0 {
		return "", "no tags"
	}
	for _, tag := range tags {
		if tag == "" || strings.Contains(tag, ",") {
			return "", "tag is empty or contains a comma"
		}
	}
	return strings.Join(tags, ","), ""
}

// callForTerms makes a call whose response has the terms in the given member.
func (c *Client) callForTerms(ctx context.Context, call call, member string) (*ServiceTerms, error) {
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
			p.arrayOrSkip(func() {
				if s := readServiceTerm(&p); s.Tag != "" {
					list.Terms = append(list.Terms, s)
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

func readServiceTerm(p *parser) ServiceTerm {
	var s ServiceTerm
	for o := p.objectOrSkip(); o.next(); {
		switch string(o.key) {
		case "tag":
			s.Tag = p.stringOrSkip()
		case "required":
			s.Required = p.flagOrSkip()
		case "agreed":
			s.Agreed = p.flagOrSkip()
		case "revocable":
			s.Revocable = p.flagOrSkip()
		case "agreed_at":
			s.AgreedAt = p.time()
		case "agreed_by":
			s.AgreedBy = AgreedBy(p.stringOrSkip())
		default:
			p.skip()
		}
	}
	return s
}
