package emulator

import (
	"net/http"
	"net/url"
)

// AuthorizeRequest returns a browser's request of an authorize address with the parameters q, which it completes:
// response_type code and the first of the redirect URIs, unless params say otherwise.
func AuthorizeRequest(
	address string, q url.Values, redirectURIs []string, params map[string]string,
) (*http.Request, error) {
	q.Set("response_type", "code")
	if len(redirectURIs) > 0 {
		q.Set("redirect_uri", redirectURIs[0])
	}
	for k, v := range params {
		q.Set(k, v)
	}
	return http.NewRequest(http.MethodGet, address+"?"+q.Encode(), nil)
}

// Redirected returns the parameters code and error of a redirect to the service.
func Redirected(location string) (code, failure string, err error) {
	u, err := url.Parse(location)
	if err != nil {
		return "", "", err
	}
	return u.Query().Get("code"), u.Query().Get("error"), nil
}
