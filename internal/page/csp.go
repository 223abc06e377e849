package page

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// ContentSecurityPolicy is the header's value for every page: our own style sheet and images, the one script by its
// hash, forms to ourselves, to the providers' sign-out pages and to the return origins; no frames, base, other scripts
// or inline styles (XS-04, SO-11). The directive form-action is the last one, so that a caller can add an origin.
func (r *Renderer) ContentSecurityPolicy() string { return r.csp }

// policy builds the header. New has checked its parts: none can hold a blank or a semicolon.
func (c Config) policy() string {
	images := []string{"'self'"}
	if u, err := url.Parse(c.Brand.Logo); err == nil && u.Host != "" {
		images = append(images, u.Scheme+"://"+u.Host)
	}
	images = append(images, c.pictureOrigins()...)
	forms := []string{"'self'"}
	if c.Console {
		return consolePolicy
	}
	for _, p := range c.Providers {
		forms = append(forms, p.FormOrigins...)
	}
	forms = append(forms, c.ReturnOrigins...)
	return strings.Join([]string{
		"default-src 'none'",
		"script-src " + scriptHash(),
		"style-src 'self'",
		"img-src " + strings.Join(unique(images), " "),
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"form-action " + strings.Join(unique(forms), " "),
	}, "; ")
}

// consolePolicy is the policy of the operator's console, which shows nothing of others and sends nothing anywhere.
const consolePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; form-action 'self'"

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// checkOrigin accepts exactly scheme://host[:port]; http only in development.
func checkOrigin(s string, dev bool) (reason string) {
	u, err := url.Parse(s)
	ok := err == nil && u.Host != "" && s == u.Scheme+"://"+u.Host && hostOnly(u.Host) &&
		(u.Scheme == "https" || u.Scheme == "http" && dev)
	if !ok {
		return fmt.Sprintf("%q is not https://host[:port]", s)
	}
	return ""
}

// hostOnly reports whether s has only characters of a host and port: no "*", blanks, quotes or semicolons.
func hostOnly(s string) bool {
	for _, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("-._:[]", c) < 0 {
			return false
		}
	}
	return s != ""
}
