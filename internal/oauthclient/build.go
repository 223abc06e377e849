package oauthclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Request is a request to a provider.
type Request struct {
	Method string
	URL    string     // Params of a GET are added to it
	Params url.Values // query of a GET, form of a POST
	JSON   []byte     // body of a POST in place of Params
	// Authorization is the header, see [Bearer] and [Basic]; "" for none.
	Authorization string
	Client        string // package of the client, for User-Agent
	ContentType   string // also of a GET; "" for that of the body
}

// Build returns the request. It asks for JSON.
func (r Request) Build(ctx context.Context) (*http.Request, error) {
	target, kind, form := r.URL, "application/x-www-form-urlencoded", r.Params.Encode()
	var body io.Reader
	switch {
	case r.JSON != nil:
		body, kind = bytes.NewReader(r.JSON), "application/json"
	case r.Method == http.MethodPost:
		body = strings.NewReader(form)
	case form != "":
		target += "?" + form
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, body)
	if err != nil {
		return nil, err
	}
	if kind = cmp.Or(r.ContentType, kind); body != nil || r.ContentType != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "norang-"+r.Client)
	if r.Authorization != "" {
		req.Header.Set("Authorization", r.Authorization)
	}
	return req, nil
}

// Bearer is the header Authorization with an access token (RFC 6750 section 2.1); "" without one.
func Bearer(token Secret) string {
	if token == "" {
		return ""
	}
	return "Bearer " + token.Reveal()
}

// Basic is the header Authorization with a client's credentials (RFC 6749 section 2.3.1).
func Basic(id string, secret Secret) string {
	pair := url.QueryEscape(id) + ":" + url.QueryEscape(secret.Reveal())
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

// IsURL reports whether a text is an http or https URL without user information and fragment, and without query unless
// that is allowed.
func IsURL(text string, query bool) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		u.Fragment == "" && (query || u.RawQuery == "" && !u.ForceQuery) && len(text) <= 2048
}
