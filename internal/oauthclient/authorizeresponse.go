package oauthclient

import (
	"net/url"
	"slices"
)

// Limits of the parameters of an authorization response, in bytes.
const (
	MaxCode        = 4096
	MaxErrorName   = 128
	MaxDescription = 1024
)

// AuthorizeResponse has the parameters of an authorization response: the query of a redirect or the form of a POST.
type AuthorizeResponse struct {
	State string
	Code  Secret // "" for an error
	// Error and Description are the parameters error and error_description as they were sent.
	Error, Description string
	Issuer             string // iss
}

// ReadAuthorizeResponse reads an authorization response (RFC 6749 sections 4.1.2 and 4.1.2.1). problem says why it does
// not come from the provider; r has the state even then. The state of a genuine response has at most maxState bytes. A
// parameter iss (RFC 9207), if present, must be one of the issuers; without issuers it is not compared.
func ReadAuthorizeResponse(q url.Values, maxState int, issuers ...string) (r AuthorizeResponse, problem string) {
	var code string
	if problem = ReadParams(q,
		Param{"state", maxState, &r.State}, // first, so that later errors can include it
		Param{"code", MaxCode, &code},
		Param{"error", MaxErrorName, &r.Error},
		Param{"error_description", MaxDescription, &r.Description},
		Param{"iss", 2048, &r.Issuer},
	); problem != "" {
		return r, problem
	}
	switch {
	case q.Has("iss") && len(issuers) > 0 && !slices.Contains(issuers, r.Issuer):
		return r, "iss is another issuer"
	case code != "" && r.Error != "":
		return r, "both code and error"
	case r.Error != "":
		return r, ""
	case code == "":
		return r, "neither code nor error"
	case !VisibleASCII(code, MaxCode):
		return r, "code contains invalid characters"
	}
	r.Code = Secret(code)
	return r, ""
}

// Printable returns the error and its description without control characters.
func (r AuthorizeResponse) Printable() (name, description string) {
	return Printable(r.Error, MaxErrorName), Printable(r.Description, MaxDescription)
}
