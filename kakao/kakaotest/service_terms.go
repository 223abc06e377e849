package kakaotest

import (
	"fmt"
	"net/http"
	"slices"
)

// termBody is a service term in a response.
type termBody struct {
	Tag       string `json:"tag"`
	Required  *bool  `json:"required,omitempty"`
	Agreed    bool   `json:"agreed"`
	Revocable *bool  `json:"revocable,omitempty"`
	AgreedAt  string `json:"agreed_at,omitempty"`
	AgreedBy  string `json:"agreed_by,omitempty"` // KAUTH or KAPI
}

type termsBody struct {
	ID    int64      `json:"id"`
	Terms []termBody `json:"service_terms"`
}

type revokedTermsBody struct {
	ID    int64      `json:"id"`
	Terms []termBody `json:"revoked_service_terms"`
}

type agreedTermsBody struct {
	ID    int64      `json:"id"`
	Terms []termBody `json:"agreed_service_terms"`
}

// userServiceTerms is GET /v2/user/service_terms.
func userServiceTerms(c apiCall) answer {
	s, tags, fail := c.termsCall(false)
	if fail != nil {
		return *fail
	}
	all := false
	switch c.get("result") {
	case "", "agreed_service_terms":
	case "app_service_terms":
		all = true
	default:
		return c.kapiFail(-2, "result must be agreed_service_terms or app_service_terms")
	}
	body := termsBody{ID: s.link.userID, Terms: []termBody{}}
	for _, t := range s.app.Terms {
		consent, agreed := s.link.agreed.terms[t.Tag]
		if !agreed && !all || len(tags) > 0 && !slices.Contains(tags, t.Tag) {
			continue
		}
		required, revocable := t.Required, agreed && !t.Required
		b := termBody{Tag: t.Tag, Required: &required, Agreed: agreed, Revocable: &revocable}
		if agreed {
			b.AgreedAt, b.AgreedBy = wireTime(consent.at), consent.by
		}
		body.Terms = append(body.Terms, b)
	}
	return jsonAnswer(http.StatusOK, body)
}

// termsCall authenticates the call and reads tags.
func (c apiCall) termsCall(required bool) (subject, []string, *answer) {
	s, fail := c.subject()
	if fail != nil {
		return s, nil, fail
	}
	if len(s.app.Terms) == 0 {
		return s, nil, c.refuse(-3, "this app does not use Kakao Sync")
	}
	tags := splitList(c.get("tags"))
	if len(tags) == 0 && required {
		return s, nil, c.refuse(-2, "tags is missing")
	}
	for _, tag := range tags {
		if !slices.ContainsFunc(s.app.Terms, func(t Term) bool { return t.Tag == tag }) {
			return s, nil, c.refuse(-2, fmt.Sprintf("unknown tag [%s]", clip(tag, 60)))
		}
	}
	return s, tags, nil
}

// userRevokeServiceTerms is POST /v2/user/revoke/service_terms. It revokes all the named terms or none.
func userRevokeServiceTerms(c apiCall) answer {
	s, tags, fail := c.termsCall(true)
	if fail != nil {
		return *fail
	}
	for _, t := range s.app.Terms {
		if t.Required && slices.Contains(tags, t.Tag) {
			return c.kapiFail(-3, fmt.Sprintf("[%s] is not revocable.", t.Tag))
		}
	}
	body := revokedTermsBody{ID: s.link.userID, Terms: []termBody{}}
	for _, tag := range tags {
		delete(s.link.agreed.terms, tag)
		body.Terms = append(body.Terms, termBody{Tag: tag})
	}
	return jsonAnswer(http.StatusOK, body)
}

// userUpgradeServiceTerms is POST /v2/user/upgrade/service_terms, which records consent that the service collected
// itself.
func userUpgradeServiceTerms(c apiCall) answer {
	s, tags, fail := c.termsCall(true)
	if fail != nil {
		return *fail
	}
	now := c.w.clock.now()
	body := agreedTermsBody{ID: s.link.userID, Terms: []termBody{}}
	for _, tag := range tags {
		if _, known := s.link.agreed.terms[tag]; !known {
			s.link.agreed.terms[tag] = termConsent{at: now, by: "KAPI"}
		}
		t := s.link.agreed.terms[tag]
		body.Terms = append(body.Terms, termBody{Tag: tag, Agreed: true, AgreedAt: wireTime(t.at), AgreedBy: t.by})
	}
	return jsonAnswer(http.StatusOK, body)
}
