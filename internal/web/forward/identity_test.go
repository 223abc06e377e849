package forward

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

func TestFA12_HeaderText(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"ryan":                "ryan",
		"라":                   "%EB%9D%BC",
		"a b":                 "a%20b",
		"100%":                "100%25",
		"admin\r\nX-Admin: 1": "admin%0D%0AX-Admin:%201",
		"a,b;c=\"d\"":         "a,b;c=\"d\"",
	} {
		if got := headerText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, text := range []string{"ryan", "a b", "라이언 100%", "\xff라", "\x00"} {
		if got, err := url.PathUnescape(headerText(text)); err != nil || got != text {
			t.Errorf("%q is decoded to %q (%v)", text, got, err)
		}
	}
	long := headerName(strings.Repeat("가", 300))
	if len(long) > maxHeaderName || len(long)%9 != 0 || len(long) < maxHeaderName-9 {
		t.Errorf("300 syllables are cut to %d bytes, want at most %d and whole characters", len(long), maxHeaderName)
	}
}

// Keys of users that differ only at the end stay different, and the longest fit into what nginx reads of a header.
func TestFA12_IdentifiersAreNeverCut(t *testing.T) {
	end := strings.Repeat("가", 84)
	principal := func(last string) *session.Principal {
		p := &session.Principal{}
		p.User.ID, p.User.Status, p.User.Ref = "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3f", account.Active, end+last
		p.Identity.Provider, p.Identity.Subject = "kakao", strings.Repeat("%", 254)+last
		p.Identity.Profile = account.Profile{
			Nickname: strings.Repeat("가", account.MaxNickname), EmailState: account.EmailVerified,
			Email: strings.Repeat("%", 253) + last,
		}
		return p
	}
	one, other := IdentityValues(principal("1")), IdentityValues(principal("2"))
	total := 0
	for i, name := range IdentityHeaders {
		total += len(name) + len(": \r\n") + len(one[i])
		switch name {
		case "X-Norang-Ref", "X-Norang-Subject", "Remote-Email":
			if one[i] == other[i] || !strings.HasSuffix(one[i], "1") {
				t.Errorf("%s of two users: %d bytes, equal: %t", name, len(one[i]), one[i] == other[i])
			}
		}
	}
	if total > 3500 {
		t.Errorf("the identity has %d bytes, which leaves too little of 4,096 for the rest of the header", total)
	}
}

func TestFA03_FA24_ReservedNamesInEverySpelling(t *testing.T) {
	for _, own := range append([]string{"X-Norang-Assertion"}, IdentityHeaders...) {
		for _, name := range []string{
			own, strings.ToLower(own), strings.ToUpper(own), strings.ReplaceAll(own, "-", "_"),
			strings.ReplaceAll(own, "-", "."), strings.Replace(strings.ToUpper(own), "-", "_", 1),
		} {
			if !Reserved(name) {
				t.Errorf("%s is not reserved", name)
			}
		}
	}
	for _, name := range []string{"Remote-Address", "Remote-Use", "Remote-User-Agent", "X-Norang", "User", ""} {
		if Reserved(name) {
			t.Errorf("%s is reserved", name)
		}
	}
	h := http.Header{"Remote_user": {"admin"}, "X.norang.status": {"active"}, "Accept": {"*/*"}}
	Caller{}.SetHeaders(h)
	if len(h) != 1+len(ReservedHeaders) || h.Get("Remote-User") != "" || h.Get("Accept") != "*/*" {
		t.Errorf("headers for a stranger: %v", h)
	}
}

// Every character of a header name but letters and digits may be one that a server takes for a hyphen.
func TestFA31_ReservedNamesWithAnySymbol(t *testing.T) {
	separators := "-_." + Symbols
	for c := range byte(0x7f) {
		isToken := c > ' ' && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(c)) // RFC 9110 section 5.6.2
		isWord := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if got := strings.ContainsRune(separators, rune(c)); got != (isToken && !isWord) {
			t.Errorf("%q is a separator: %t", c, got)
		}
	}
	for separator := range strings.SplitSeq(separators, "") {
		for _, own := range ReservedHeaders {
			for _, name := range []string{strings.ReplaceAll(own, "-", separator), strings.Replace(own, "-", separator, 1)} {
				if !Reserved(name) || !Reserved(strings.ToUpper(name)) {
					t.Errorf("%s is not reserved", name)
				}
			}
		}
		for _, name := range []string{
			"Remote" + separator, separator + "Remote-User", "Remote" + separator + "User" + separator,
			"X-No" + separator + "rang", "Remote" + separator + separator + "User",
			"Remote" + separator + "Users", "Item" + separator + "Name",
		} {
			if Reserved(name) {
				t.Errorf("%s is reserved", name)
			}
		}
	}
	h := http.Header{"Remote~User": {"admin"}, "X'norang^status": {"active"}, "X~app": {"kept"}}
	if Strip(h); len(h) != 1 || h["X~app"] == nil {
		t.Errorf("left for an app: %v", h)
	}
}
