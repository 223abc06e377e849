package proxytest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/web/forward"
)

// check sends something and judges what arrives.
type check struct {
	id         string
	cause, fix i18n.Text
	run        func(context.Context, *tester) (Finding, error)
}

// printed is the advice where the configuration that norang prints is right.
var printed = i18n.Text{
	Ko: "norang proxy가 출력하는 설정과 비교하십시오.",
	En: "Compare with what norang proxy prints.",
}

// checks are all checks, in the order of their results. Ids never change their meaning.
var checks = []check{
	{
		"identity.forged", i18n.Text{
			Ko: "방문자가 보낸 신원 헤더가 앱에 닿습니다. 누구나 다른 회원이나 관리자로 행세할 수 있습니다.",
			En: "Identity headers of a visitor reach the app: anyone can be any user.",
		}, i18n.Text{
			Ko: "이 이름의 헤더를 '-' 자리에 '_', '.', '~' 등을 쓴 것까지 모두 지우거나 덮어쓰십시오. nginx의 location에 proxy_set_header를 적으면 " +
				"서버에 적은 것이 모두 사라집니다. FastCGI와 uwsgi에서는 HTTP_REMOTE_USER처럼 HTTP_ 이름을 설정해야 합니다.",
			En: "Remove or overwrite these names, also with \"_\", \".\", \"~\" and the like for \"-\". In nginx a " +
				"proxy_set_header in a location drops all those of the server; for FastCGI and uwsgi, set the HTTP_ form, " +
				"such as HTTP_REMOTE_USER.",
		}, forgedIdentity,
	},
	{
		"forwarded.forged", i18n.Text{
			Ko: "방문자가 보낸 X-Forwarded-* 등이 앱에 닿습니다. 앱이 다른 주소, 경로, 사용자로 착각할 수 있습니다.",
			En: "Forwarding headers of a visitor reach the app, which may take a wrong address, path or user from them.",
		}, i18n.Text{
			Ko: "X-Forwarded-For, -Host, -Proto는 프록시의 값으로 덮어쓰고 나머지는 지우십시오.",
			En: "Overwrite X-Forwarded-For, -Host and -Proto with the proxy's own values and remove the others.",
		}, forgedForwarding,
	},
	{
		"cookie.session", i18n.Text{
			Ko: "norang의 세션 쿠키가 앱에 닿습니다. 앱의 기록이나 오류 화면에서 세션이 새어 나갈 수 있습니다.",
			En: "norang's session cookie reaches the app, from whose logs or error pages sessions can leak.",
		}, i18n.Text{
			Ko: "앱으로 보내는 Cookie에서 norang의 쿠키를 빼십시오. norang proxy가 출력하는 설정에 있습니다.",
			En: "Take norang's cookies out of the app's Cookie header, as in what norang proxy prints.",
		}, sessionCookie,
	},
	{
		"query.changed", i18n.Text{
			Ko: "앱이 받은 쿼리가 보낸 것과 다릅니다.",
			En: "The app does not receive the query that was sent.",
		}, i18n.Text{
			Ko: "주소를 다시 만들지 말고 그대로 넘기십시오. nginx라면 proxy_pass에 경로를 적지 않습니다.",
			En: "Pass the URL on as it is; in nginx, write proxy_pass without a path.",
		}, queryArrives,
	},
	{
		"path.changed", i18n.Text{
			Ko: "앱이 받은 경로가 보낸 것과 다릅니다. 프록시와 앱이 다른 경로로 읽으면 공개 경로로 비공개 화면이 열릴 수 있습니다.",
			En: "The app receives another path than was sent. Where proxy and app read a path differently, a public path " +
				"can open a private page.",
		}, i18n.Text{
			Ko: "경로를 그대로 넘기거나 400으로 거절하십시오.",
			En: "Pass paths on as they are, or refuse them with 400.",
		}, pathsArrive,
	},
	{
		"upgrade.h2c", i18n.Text{
			Ko: "h2c 업그레이드가 앱에 닿습니다. 앱이 받아들이면 그 연결의 다음 요청은 아무도 확인하지 않습니다.",
			En: "An h2c upgrade reaches the app. If the app accepts it, nobody checks the further requests of that connection.",
		}, i18n.Text{
			Ko: "Upgrade: websocket만 넘기고 HTTP2-Settings는 지우십시오.",
			En: "Pass Upgrade on for websocket only, and remove HTTP2-Settings.",
		}, h2cUpgrade,
	},
	{
		"upgrade.websocket", i18n.Text{
			Ko: "WebSocket 연결이 앱에 닿지 않습니다.",
			En: "A WebSocket handshake does not reach the app.",
		}, i18n.Text{
			Ko: "앱이 WebSocket을 쓰지 않거나 FastCGI, uwsgi라면 그대로 두십시오. 쓴다면 Upgrade와 Connection을 넘기십시오.",
			En: "Fine if the app uses none, or speaks FastCGI or uwsgi. Otherwise pass Upgrade and Connection on.",
		}, webSocket,
	},
	{
		"guard.page", i18n.Text{
			Ko: "로그인하지 않은 방문자가 로그인 화면으로 가지 않거나, 돌아올 주소를 잃습니다.",
			En: "A visitor without a session is not led to the sign-in page, or loses the way back.",
		}, i18n.Text{
			Ko: "첫 화면이 공개된 것이 아니라면 auth_request나 forward_auth를 확인하고, X-Forwarded-Uri에 요청 주소를 그대로 넣고, " +
				"NORANG_TRUSTED_PROXIES에 프록시를 적으십시오.",
			En: "Unless the first page is public: check auth_request or forward_auth, send the request's URI as " +
				"X-Forwarded-Uri, and list the proxy in NORANG_TRUSTED_PROXIES.",
		}, guardPage,
	},
	{
		"guard.fetch", i18n.Text{
			Ko: "세션 없는 fetch가 401을 받지 못합니다. 화면을 열어 둔 앱이 로그인 화면의 HTML을 데이터로 읽습니다.",
			En: "A fetch without a session does not get 401: scripts would read the sign-in page as data.",
		}, i18n.Text{
			Ko: "Sec-Fetch-Mode와 Sec-Fetch-Dest를 norang에 넘기십시오.",
			En: "Pass Sec-Fetch-Mode and Sec-Fetch-Dest on to norang.",
		}, guardFetch,
	},
	{
		"guard.form", i18n.Text{
			Ko: "세션이 끝난 뒤 보낸 양식이 GET으로 바뀌어 조용히 사라집니다.",
			En: "A form that is sent without a session becomes a GET and is lost silently.",
		}, i18n.Text{
			Ko: "원래 메서드를 X-Forwarded-Method로 norang에 넘기십시오.",
			En: "Pass the original method on to norang as X-Forwarded-Method.",
		}, guardForm,
	},
	{
		"guard.preflight", i18n.Text{
			Ko: "CORS 사전 요청(OPTIONS)에 다른 주소로 가라고 답합니다. 브라우저는 요청을 그만둡니다.",
			En: "A CORS preflight is answered with a redirect, on which browsers give up.",
		}, i18n.Text{
			Ko: "Sec-Fetch-Mode와 원래 메서드를 norang에 넘기십시오.",
			En: "Pass Sec-Fetch-Mode and the original method on to norang.",
		}, guardPreflight,
	},
	{
		"guard.large", i18n.Text{
			Ko: "큰 쿠키나 업로드가 오류가 됩니다.",
			En: "Large cookies or uploads become an error.",
		}, i18n.Text{
			Ko: "norang에 묻는 요청에는 norang이 읽는 헤더만 넣고(proxy_pass_request_headers off) client_max_body_size 0을 적으십시오. " +
				"이미 그렇다면 413은 앱의 한도입니다. 더 큰 파일을 받는 앱이라면 서버에 client_max_body_size를 적으십시오. nginx의 기본값은 1MB입니다.",
			En: "Ask norang with only the headers that it reads (proxy_pass_request_headers off) and client_max_body_size 0. " +
				"If you do, 413 is the limit of the app's uploads, 1 MB by default in nginx: set client_max_body_size in " +
				"the server.",
		}, guardLarge,
	},
	{
		"routes.norang", i18n.Text{
			Ko: "norang의 경로가 norang에 닿지 않습니다. 로그인 제공자나 NORANG_AUDIENCES를 켠 뒤 설정을 다시 출력하지 않았을 수 있습니다.",
			En: "norang's own paths do not reach norang. The configuration may be older than a provider or NORANG_AUDIENCES.",
		}, printed, ownRoutes,
	},
}

const forgedValue = "norang-proxy-test-forged"

// maxForged bounds the header lines of one probe: Apache accepts 100 lines, and a refused probe proves nothing.
const maxForged = 80

// forgeries returns headers with a forged value under every spelling of the names, a few at a time. Those with one of
// [forward.Symbols] are apart from the others: a proxy may refuse them.
func forgeries(names []string) (all []http.Header) {
	add := func(spellings []string) {
		for some := range slices.Chunk(spellings, maxForged/2) {
			h := http.Header{}
			for _, spelling := range some {
				h[spelling] = []string{forgedValue, forgedValue + ", " + forgedValue}
			}
			all = append(all, h)
		}
	}
	var plain []string
	for _, name := range names {
		plain = append(plain, forward.Spellings(name)...)
	}
	add(plain)
	for symbol := range strings.SplitSeq(forward.Symbols, "") {
		var odd []string
		for _, name := range names {
			odd = append(odd, strings.ReplaceAll(name, "-", symbol))
			if head, tail, _ := strings.Cut(name, "-"); strings.Contains(tail, "-") {
				odd = append(odd, head+symbol+tail)
			}
		}
		add(odd)
	}
	return all
}

// forged lists the headers with a forged value.
func forged(a *arrival) (names []string) {
	for name, values := range a.header {
		if strings.Contains(strings.Join(values, " "), forgedValue) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// verdict is a fault if bad.
func verdict(bad bool, arrived string) Finding {
	if bad {
		return Finding{Level: Fault, Arrived: arrived}
	}
	return Finding{Level: OK, Arrived: arrived}
}

// forgedAmong sends forged headers and lists those that arrive.
func forgedAmong(ctx context.Context, t *tester, names []string) (Finding, error) {
	var found []string
	for _, h := range forgeries(names) {
		res, err := t.send(ctx, probe{path: t.cfg.Path, header: h})
		if err != nil {
			return Finding{}, err
		}
		if res.arrival == nil {
			continue // refused
		}
		found = append(found, forged(res.arrival)...)
	}
	const shown = 12 // there may be hundreds
	if n := len(found); n > shown {
		found = append(found[:shown], fmt.Sprintf("… (%d)", n))
	}
	return verdict(len(found) > 0, strings.Join(found, ", ")), nil
}

func forgedIdentity(ctx context.Context, t *tester) (Finding, error) {
	return forgedAmong(ctx, t, forward.ReservedHeaders)
}

func forgedForwarding(ctx context.Context, t *tester) (Finding, error) {
	return forgedAmong(ctx, t, forward.ForwardingHeaders)
}

func sessionCookie(ctx context.Context, t *tester) (Finding, error) {
	h := http.Header{"Cookie": {"cart=3; " + t.cfg.Session + "=" + forgedValue + "; theme=dark"}}
	res, err := t.send(ctx, probe{path: t.cfg.Path, header: h})
	if err != nil || res.arrival == nil {
		return verdict(res.arrival == nil, res.status), err
	}
	cookie := strings.Join(res.header["Cookie"], "; ")
	return verdict(strings.Contains(cookie, forgedValue), cookie), nil
}

// oddQuery is what parsers drop: a semicolon, an invalid escape, Hangul.
const oddQuery = "?a=1;b=2&c=%zz&d=%26&e=%EA%B0%80"

func queryArrives(ctx context.Context, t *tester) (Finding, error) {
	res, err := t.send(ctx, probe{path: t.cfg.Path + oddQuery})
	if err != nil || res.arrival == nil {
		return verdict(true, res.status), err
	}
	return verdict(!strings.HasSuffix(res.uri, oddQuery), res.uri), nil
}

func pathsArrive(ctx context.Context, t *tester) (Finding, error) {
	var changed []string
	for _, odd := range []string{"a//b", "a/..%2Fb", "a%20b;v=1", "%2e%2e/a", "%EA%B0%80"} {
		res, err := t.send(ctx, probe{path: t.cfg.Path + odd})
		if err != nil {
			return Finding{}, err
		}
		if res.arrival != nil && res.uri != t.cfg.Path+odd {
			changed = append(changed, t.cfg.Path+odd+" → "+res.uri)
		}
	}
	return verdict(len(changed) > 0, strings.Join(changed, ", ")), nil
}

func h2cUpgrade(ctx context.Context, t *tester) (Finding, error) {
	res, err := t.send(ctx, probe{path: t.cfg.Path, header: http.Header{
		"Connection": {"Upgrade, HTTP2-Settings"}, "Upgrade": {"h2c"}, "Http2-Settings": {"AAMAAABkAAQCAAAAAAIAAAAA"},
	}})
	if err != nil || res.arrival == nil {
		return Finding{Level: OK, Arrived: res.status}, err
	}
	got := res.header.Get("Upgrade") + res.header.Get("Http2-Settings")
	return verdict(got != "", got), nil
}

func webSocket(ctx context.Context, t *tester) (Finding, error) {
	res, err := t.send(ctx, probe{path: t.cfg.Path, header: http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Origin": {t.cfg.URL.String()},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}})
	if err != nil {
		return Finding{}, err
	}
	if res.arrival == nil || !strings.EqualFold(res.header.Get("Upgrade"), "websocket") {
		return Finding{Level: Warning, Arrived: res.status}, nil
	}
	return Finding{Level: OK, Arrived: "Upgrade: websocket"}, nil
}

// browser returns the headers of a browser that navigates, or of a script's fetch.
func browser(mode, dest string) http.Header {
	return http.Header{
		"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Sec-Fetch-Mode": {mode}, "Sec-Fetch-Dest": {dest},
	}
}

// guardPage asks for the first page and, if that is public, for one that is not public by name.
func guardPage(ctx context.Context, t *tester) (Finding, error) {
	first, err := t.send(ctx, probe{path: "/" + oddQuery, header: browser("navigate", "document")})
	if err != nil {
		return Finding{}, err
	}
	if !first.public() {
		return verdict(!t.ledToSignIn(first, "/"), strings.TrimSpace(first.status+" "+first.location)), nil
	}
	const other = "/norang-proxy-test-page"
	res, err := t.send(ctx, probe{path: other + oddQuery, header: browser("navigate", "document")})
	if err != nil {
		return Finding{}, err
	}
	if t.ledToSignIn(res, other) {
		return verdict(false, res.status), nil
	}
	return Finding{Level: Warning, Arrived: first.status}, nil
}

// public reports whether the app or the echo answered a stranger, and norang may have allowed it: in front of the echo
// it answers with an empty identity.
func (r result) public() bool {
	return r.code < 300 && (r.arrival == nil || len(r.header["Remote-User"]) == 1 && r.header.Get("Remote-User") == "")
}

// ledToSignIn reports whether the answer leads to the sign-in page and back to the path with its query.
func (t *tester) ledToSignIn(r result, path string) bool {
	to, err := url.Parse(r.location)
	return err == nil && r.code == http.StatusSeeOther && to.Path == t.cfg.Prefix+"/login" &&
		strings.HasSuffix(to.Query().Get("return_to"), path+oddQuery)
}

func guardFetch(ctx context.Context, t *tester) (Finding, error) {
	res, err := t.send(ctx, probe{path: "/", header: browser("cors", "empty")})
	return verdict(res.code >= 300 && res.code < 400 || res.code >= 500, res.status), err
}

func guardForm(ctx context.Context, t *tester) (Finding, error) {
	h := browser("navigate", "document")
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := t.send(ctx, probe{method: http.MethodPost, path: "/", header: h, body: "norang=proxy-test"})
	return verdict(res.code >= 300 && res.code < 400 || res.code >= 500, res.status), err
}

func guardPreflight(ctx context.Context, t *tester) (Finding, error) {
	h := browser("cors", "empty")
	h.Set("Origin", "https://norang-proxy-test.invalid")
	h.Set("Access-Control-Request-Method", "POST")
	res, err := t.send(ctx, probe{method: http.MethodOptions, path: "/", header: h})
	return verdict(res.code >= 300 && res.code < 400 || res.code >= 500, res.status), err
}

func guardLarge(ctx context.Context, t *tester) (Finding, error) {
	h := browser("navigate", "document")
	for _, name := range []string{"a", "b", "c"} {
		h.Add("Cookie", name+"="+strings.Repeat("x", 7000))
	}
	res, err := t.send(ctx, probe{path: "/", header: h})
	if err != nil || res.code >= 500 || res.code == http.StatusRequestHeaderFieldsTooLarge {
		return verdict(true, "21 KB of cookies: "+res.status), err
	}
	res, err = t.upload(ctx, nil)
	if err != nil {
		// The connection was reset and the response lost with it. A server that is asked first answers before it closes.
		res, err = t.upload(ctx, http.Header{"Expect": {"100-continue"}})
	}
	switch {
	case ctx.Err() != nil:
		return Finding{}, ctx.Err()
	case err != nil:
		return Finding{Level: Warning, Arrived: "2 MB: " + err.Error()}, nil // the proxy closes the connection
	}
	if res.code == http.StatusRequestEntityTooLarge {
		return Finding{Level: Warning, Arrived: "2 MB: " + res.status}, nil
	}
	return verdict(res.code >= 500, "2 MB: "+res.status), nil
}

// upload sends 2 MB as a browser does, which does not ask first whether the server wants them.
func (t *tester) upload(ctx context.Context, more http.Header) (result, error) {
	header := browser("navigate", "document")
	maps.Copy(header, more)
	body := strings.Repeat("0123456789abcdef", 2<<20/16)
	return t.send(ctx, probe{method: http.MethodPost, path: "/", header: header, body: body})
}
