package page

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// kakaoAuth and kakaoAccounts are Kakao's hosts that a sign-out passes: Chromium holds every redirect that follows a
// form's POST against form-action, and the logout page of the first leads on to the second.
const (
	kakaoAuth     = "https://kauth.kakao.com"
	kakaoAccounts = "https://accounts.kakao.com"
)

// ContentSecurityPolicy is the header's value for every page: nothing but our own style sheet and images, our own forms
// and the ways that a form's answer may lead (Kakao's logout page, the return origins), no frames, no base, no script and no inline anything (XS-04, SO-11).
func (r *Renderer) ContentSecurityPolicy() string { return r.csp }

// policy builds the header from the settings, all of which New has checked: nothing in it can hold a blank or a
// semicolon.
func (c Config) policy() string {
	images := []string{"'self'"}
	if u, err := url.Parse(c.Brand.Logo); err == nil && u.Host != "" {
		images = append(images, u.Scheme+"://"+u.Host)
	}
	for _, h := range c.PictureHosts {
		images = append(images, pictureOrigin(h))
	}
	forms := append([]string{"'self'", c.KakaoOrigin}, c.ReturnOrigins...)
	if c.KakaoOrigin == kakaoAuth {
		forms = append(forms, kakaoAccounts)
	}
	return strings.Join([]string{
		"default-src 'none'",
		"style-src 'self'",
		"img-src " + strings.Join(unique(images), " "),
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"form-action " + strings.Join(unique(forms), " "),
	}, "; ")
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// checkOrigin accepts scheme://host[:port] and nothing behind it. http is for development alone.
func checkOrigin(name, s string, dev bool) error {
	u, err := url.Parse(s)
	ok := err == nil && u.Host != "" && s == u.Scheme+"://"+u.Host && hostOnly(u.Host) &&
		(u.Scheme == "https" || u.Scheme == "http" && dev)
	if !ok {
		return fmt.Errorf("page: %s %q: want https://host[:port]", name, s)
	}
	return nil
}

// hostOnly reports letters that a host and port consist of; "*", blanks, quotes and semicolons are not among them.
func hostOnly(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._:[]", c) >= 0) {
			return false
		}
	}
	return s != ""
}
