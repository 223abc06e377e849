package kakaotest

import (
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/kakao/koe"
)

// explainEntry adds cause, console menu and remedy to an entry of the log. It keeps a more specific hint.
func explainEntry(r *Request) {
	e, ok := koe.Lookup(r.Code)
	if !ok {
		return
	}
	r.Cause, r.CauseEN, r.Menu = e.Cause.Ko, e.Cause.En, e.Menu.Ko
	if r.Hint == "" {
		r.Hint, r.HintEN = e.Remedy.Ko, e.Remedy.En
	}
}

// basicHint names the line to change for a client that uses HTTP Basic, by framework.
func basicHint() emulator.Text {
	e, _ := koe.Lookup("KOE101")
	ko, en := "client_secret이 HTTP Basic으로 왔습니다. 카카오는 읽지 않습니다. ",
		"The secret came by HTTP Basic, which Kakao does not read. "
	var lines []string
	for _, f := range e.Fixes {
		lines = append(lines, f.Framework+" → "+f.Line)
	}
	all := strings.Join(lines, " · ")
	return emulator.Text{ko + all, en + all}
}

// undocumented returns a hint about what the call relies on although Kakao does not document it.
func (c *call) undocumented() emulator.Text {
	switch {
	case slices.Contains(c.e.lenient, c.r.Method):
		return emulator.Text{
			c.r.Method + " 요청은 카카오 문서에 없습니다. 비밀 값이 주소에 남지 않도록 POST로 보내십시오.",
			c.r.Method + " is undocumented. Send POST, so that no secret is part of a URL.",
		}
	}
	return c.ignored
}

// wanted returns a hint about a parameter: what was sent, and what was expected.
func wanted(name, sent string, expected ...string) emulator.Text {
	ko, en := name+"="+clip(sent, 100), name+"="+clip(sent, 100)
	if sent == "" {
		ko, en = name+"이(가) 없습니다", name+" is missing"
	}
	if len(expected) > 10 {
		expected = append(expected[:10:10], "…")
	}
	if len(expected) > 0 {
		all := strings.Join(expected, ", ")
		return emulator.Text{ko + ", 기대한 값: " + all, en + ", expected: " + all}
	}
	return emulator.Text{ko, en}
}

// clientIDs lists the keys that can be a client_id.
func (t *appTable) clientIDs() []string {
	var ids []string
	for _, id := range t.order {
		for _, k := range appKeys(*t.byID[id]) {
			if k.Type == KeyREST && !k.Deactivated {
				ids = append(ids, k.Value)
			}
		}
	}
	return ids
}

// scopes lists the items that scope may name.
func scopes(a *App) []string {
	var ids []string
	for _, it := range a.ConsentItems {
		if it.Step != StepOff {
			ids = append(ids, it.ID)
		}
	}
	if !a.OIDCOff {
		ids = append(ids, "openid")
	}
	return ids
}

// redirectHint says how an address differs from a registered one.
func redirectHint(given string, registered []string) emulator.Text {
	trim := func(s string) string {
		s = strings.TrimSuffix(strings.ToLower(s), "/")
		s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
		return strings.Replace(strings.Replace(s, "127.0.0.1", "localhost", 1), "[::1]", "localhost", 1)
	}
	for _, r := range registered {
		if trim(r) != trim(given) {
			continue
		}
		switch {
		case strings.HasPrefix(r, "https://") != strings.HasPrefix(given, "https://"):
			return emulator.Text{
				"등록한 주소와 http/https만 다릅니다: " + r,
				"it differs from the registered " + r + " only in http and https",
			}
		case strings.HasSuffix(r, "/") != strings.HasSuffix(given, "/"):
			return emulator.Text{
				"등록한 주소와 끝의 / 하나만 다릅니다: " + r,
				"it differs from the registered " + r + " only in the trailing slash",
			}
		default:
			return emulator.Text{
				"등록한 주소와 호스트(localhost와 127.0.0.1)나 대소문자가 다릅니다: " + r,
				"it differs from the registered " + r + " in localhost against 127.0.0.1, or in upper and lower case",
			}
		}
	}
	if len(registered) == 0 {
		return emulator.Text{"등록된 주소가 없습니다.", "no URI is registered"}
	}
	all := strings.Join(registered, ", ")
	return emulator.Text{"등록된 주소와 다릅니다: " + all, "it differs from what is registered: " + all}
}
