package oauthclient

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// OK reports whether the status says success.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Empty reports whether the body has nothing but white space.
func (a Answer) Empty() bool { return strings.TrimSpace(string(a.Body)) == "" }

// RetryAfter is how long the provider asks to wait, 0 if it does not.
func (a Answer) RetryAfter(now time.Time) time.Duration {
	return RetryAfter(a.Header.Get("Retry-After"), now)
}

// ErrorText are the parts of the text of a client's error.
type ErrorText struct {
	Client, Op string // package and call
	Status     int
	Code       string
	Cause      string // of the code, if it is documented
	Provider   string // who says Description
	// Description is the provider's message, for a code without a Cause.
	Description string
	Kind, Err   error
}

// String returns the operation, status, code, its cause, and the errors.
func (t ErrorText) String() string {
	var b strings.Builder
	b.WriteString(t.Client + ": " + t.Op)
	if t.Status != 0 {
		b.WriteString(": status " + strconv.Itoa(t.Status))
	}
	if t.Code != "" {
		b.WriteString(": " + t.Code)
	}
	if t.Cause != "" {
		b.WriteString(" (" + strings.TrimSuffix(t.Cause, ".") + ")")
	} else if t.Description != "" {
		b.WriteString(" (" + t.Provider + ": " + strconv.Quote(t.Description) + ")")
	}
	if t.Kind != nil {
		b.WriteString(": " + strings.TrimPrefix(t.Kind.Error(), t.Client+": "))
	}
	if t.Err != nil {
		b.WriteString(": " + t.Err.Error())
	}
	return b.String()
}

// NonNil returns those of the errors that are not nil, for Unwrap.
func NonNil(errs ...error) []error {
	var all []error
	for _, err := range errs {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// Scrub removes the secrets of a request and control characters from a provider's message, and cuts it to 300 bytes.
func Scrub(text string, secrets []Secret) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s.Reveal(), Redacted)
		}
	}
	return Printable(text, 300)
}

// Param is a parameter of a callback.
type Param struct {
	Name  string
	Limit int // bytes
	Into  *string
}

// ReadParams reads parameters, in order. problem says which one occurs twice or is too long; those before it are read.
func ReadParams(q url.Values, params ...Param) (problem string) {
	for _, p := range params {
		switch values := q[p.Name]; {
		case len(values) > 1:
			// A proxy might have checked a different one of the values.
			return p.Name + " is repeated"
		case len(values) == 1 && len(values[0]) > p.Limit:
			return p.Name + " is too long"
		case len(values) == 1:
			*p.Into = values[0]
		}
	}
	return ""
}
