package proxytest

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// ownRoute is a request to a path of norang's, and whether the answer is norang's.
type ownRoute struct {
	probe
	answered func(result) bool
}

// signInLinks are the links of the sign-in page that start a sign-in.
var signInLinks = regexp.MustCompile(`href="(/oauth/[^/?"]+)\?`)

// ownRoutes asks for each of norang's paths that the proxy must know. No request starts a sign-in, spends a code or
// counts as a sign-in that failed.
func ownRoutes(ctx context.Context, t *tester) (Finding, error) {
	session, err := t.send(ctx, probe{path: t.cfg.Prefix + "/session"})
	if err != nil || !strings.Contains(session.body, `"signed_in"`) {
		return verdict(true, session.status), err
	}
	page, err := t.send(ctx, probe{path: t.cfg.Prefix + "/login", header: browser("navigate", "document")})
	if err != nil {
		return Finding{}, err
	}
	var lost []string
	for _, own := range t.ownRoutes(page.body) {
		r, err := t.send(ctx, own.probe)
		if err != nil {
			return Finding{}, err
		}
		if r.arrival != nil || !own.answered(r) {
			lost = append(lost, own.path+" "+r.status)
		}
	}
	if len(lost) > 0 {
		return verdict(true, strings.Join(lost, ", ")), nil
	}
	return verdict(false, session.status), nil
}

// ownRoutes lists requests to norang's paths outside the prefix. The providers are those of the sign-in page, because
// the settings at hand may lack some; without any there, those of the settings.
func (t *tester) ownRoutes(signInPage string) (all []ownRoute) {
	var starts []string
	for _, link := range signInLinks.FindAllStringSubmatch(signInPage, -1) {
		starts = append(starts, link[1])
	}
	shown := len(starts) > 0
	for _, p := range t.cfg.Paths {
		switch tree := strings.HasSuffix(p, "/"); {
		case strings.HasPrefix(p+"/", t.cfg.Prefix+"/"), tree:
		case strings.HasPrefix(p, "/.well-known/"):
			all = append(all, ownRoute{probe{path: p}, func(r result) bool {
				return r.code == http.StatusOK && (strings.Contains(r.body, `"keys"`) || strings.Contains(r.body, `"issuer"`))
			}})
		case !slices.Contains(t.cfg.Paths, p+"/"):
			all = append(all, asked(http.MethodHead, strings.TrimSuffix(p, "{$}"))) // a callback
		case !shown:
			starts = append(starts, p)
		}
	}
	slices.Sort(starts)
	for _, p := range slices.Compact(starts) {
		all = append(all, asked(http.MethodGet, p), asked(http.MethodHead, p+"/signout"))
	}
	return all
}

// asked asks for JSON where norang serves navigations, which it refuses with a problem. What guards the app refuses
// strangers with other statuses, and a provider that is off is not found.
func asked(method, path string) ownRoute {
	return ownRoute{probe{method: method, path: path, header: http.Header{"Accept": {"application/json"}}},
		func(r result) bool {
			return r.contentType == "application/problem+json" &&
				(r.code == http.StatusBadRequest || r.code == http.StatusMethodNotAllowed)
		},
	}
}
