package norang

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/norang-login/norang/internal/web"
)

// Errors of [Service.LoginURL] and [Service.ProviderURL], for errors.Is.
var (
	// ErrReturnURL: users may not be sent to this address after a sign-in.
	ErrReturnURL = errors.New("norang: return URL not allowed: want a path such as \"/orders/7\", or an address on " +
		"Config.URL or Config.Origins, of at most 1024 bytes, whose loading changes nothing")
	// ErrProvider: no provider has this name.
	ErrProvider = errors.New("norang: unknown provider")
)

// LoginURL returns the address of the sign-in page, for a link on a page of the app. After the sign-in the user returns
// to returnTo: a path on Config.URL with its query, such as r.URL.RequestURI(), or an address on Config.URL or
// Config.Origins; "" means "/". The result is absolute, so that pages on other origins can link to it too.
//
// A returnTo that would be dropped when the user comes back is [ErrReturnURL]. The link is for GET navigations, not
// for fetch.
func (s *Service) LoginURL(returnTo string) (string, error) {
	q, err := s.returnQuery(returnTo)
	if err != nil {
		return "", err
	}
	site := s.app.Web.Site
	return site.Origin() + web.WithQuery(site.Path("login"), q), nil
}

// ProviderURL is [Service.LoginURL] without the sign-in page: it leads straight to a provider, such as "kakao", for the
// sign-in button of an own page. [ErrReturnURL], [ErrProvider].
func (s *Service) ProviderURL(provider, returnTo string) (string, error) {
	q, err := s.returnQuery(returnTo)
	if err != nil {
		return "", err
	}
	site := s.app.Web.Site
	if _, ok := site.Providers.Get(provider); !ok {
		return "", fmt.Errorf("%w %q", ErrProvider, provider)
	}
	return site.Origin() + web.WithQuery("/oauth/"+provider, q), nil
}

func (s *Service) returnQuery(returnTo string) (url.Values, error) {
	if returnTo == "" {
		return nil, nil
	}
	target, ok := s.app.Web.Returns.Clean(returnTo)
	if !ok {
		return nil, fmt.Errorf("%w, got %q", ErrReturnURL, clip(returnTo))
	}
	return url.Values{"return_to": {target}}, nil
}

// clip shortens text for an error.
func clip(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
