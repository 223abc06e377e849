package forward

import (
	"slices"
	"strings"
)

// ReservedHeaders are the headers by which an app knows its user. Only norang may set them: a proxy removes what the
// client sent under these names, in each of their spellings (see [Spellings]).
var ReservedHeaders = append(slices.Clone(IdentityHeaders), AssertionHeader)

// ForwardingHeaders name the client's address, the host, the scheme, the method or the path of a request, or its user
// as other proxies do, behind which an app may have been before. An app that believes a client's own is led past the
// check, so a proxy sets the first ones itself and removes the others.
var ForwardingHeaders = []string{
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
	"Forwarded", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Path",
	"X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-User", "X-Forwarded-Email",
	"X-Forwarded-Groups", "X-Forwarded-Preferred-Username", "Remote-Groups",
	"X-Original-Url", "X-Original-Uri", "X-Original-Method", "X-Original-Host", "X-Rewrite-Url", "X-Override-Url",
	"X-Forwarded", "X-Real-Ip", "X-Client-Ip", "Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip",
	"X-Cluster-Client-Ip", "X-Proxyuser-Ip", "X-Remote-Ip", "X-Remote-Addr", "X-Host", "X-Http-Host-Override",
	"X-Scheme", "X-Url-Scheme", "Front-End-Https", "X-Script-Name", "X-Accel-Internal",
}

// QuestionHeaders are the headers of the visitor's request that verify reads. A proxy passes these and its own
// forwarding headers to verify, and nothing else: the question stays small however large the request is (FA-25).
var QuestionHeaders = []string{
	"Cookie", "Authorization", "Origin", "Accept", "Accept-Language",
	"Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-Site", "Sec-Fetch-User", "Sec-Purpose", "Purpose",
	"X-Requested-With", "RSC", "Next-Router-Prefetch",
	"Access-Control-Request-Method", "Access-Control-Request-Headers",
}

// Symbols are the characters of header names (RFC 9110 section 5.6.2) besides letters, digits and the separators of
// [Spellings]. lighttpd passes all of them on to CGI and FastCGI apps as "_".
const Symbols = "!#$%&'*+^`|~"

// OwnToken matches an Authorization header with one of norang's tokens, for Go, PCRE and RE2. The app must not get one
// that a client has sent malformed either, as in a list or after a tab. A token of others that contains "nrg_" passes.
const OwnToken = `(?i)(?:^|[^\w.~+/-])nrg_`

// Spellings are the names that WSGI, CGI and PHP take for the same variable as name: "-", "_" or "." between its
// words. The first one is name itself. [Symbols] are more than can be listed; [Fold] has them too.
func Spellings(name string) []string {
	head, rest, more := strings.Cut(name, "-")
	if !more {
		return []string{name}
	}
	var out []string
	for _, separator := range []string{"-", "_", "."} {
		for _, tail := range Spellings(rest) {
			out = append(out, head+separator+tail)
		}
	}
	return out
}
