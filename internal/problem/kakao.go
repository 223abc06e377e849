package problem

import (
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/kakao/koe"
)

// underAge is Kakao's code for a person under 14 whom the app does not admit.
const underAge = "-406"

// consentMissing is Kakao's code for a call that needs a consent which the person has not given.
const consentMissing = "-402"

// kakaoRow makes the row of a code of Kakao's own. A call of ours that Kakao refused is our fault in the visitor's eyes;
// the exceptions are what waiting, a fresh sign-in or the person's own doing mends, and package koe knows those.
func kakaoRow(code Code, own string) row {
	e, known := koe.Lookup(own)
	like := func(c Code) row {
		r, _ := find(c)
		if r.text == "" {
			r.text = string(c)
		}
		r.code = code
		return r
	}
	switch {
	case !known:
		return like(KakaoRejected)
	case own == underAge:
		return like(LoginUnderAge)
	case own == consentMissing:
		return like(ConsentRequired)
	case e.Owner == koe.Kakao:
		return like(KakaoUnavailable)
	case e.Retry == koe.Later:
		r := like(KakaoRateLimited)
		if e.Owner == koe.Operator { // the app's own quota, not one person's haste
			r.owner, r.level = Operator, loud
		}
		return r
	case e.Owner == koe.User:
		r := like(LoginProviderError)
		r.status, r.owner, r.level = http.StatusForbidden, Person, quiet
		return r
	case e.Retry == koe.SignInAgain:
		r := like(LoginProviderError)
		r.owner = Developer
		return r
	}
	r := like(KakaoRejected)
	if e.Owner == koe.Developer {
		r.owner = Developer
	}
	return r
}

// forPerson is koe's own sentence for what only the person can mend: it says more than the table's. "" for all else.
func (p Problem) forPerson(l i18n.Lang) string {
	own, ok := p.Code.ofKakao()
	if !ok || p.Owner != Person || own == underAge || own == consentMissing || p.RetryAfter > 0 {
		return ""
	}
	e, _ := koe.Lookup(own)
	return i18n.Text(e.ForUser).In(l)
}

// Hint is for whoever builds or runs the service: cause, remedy and the place in Kakao's console, for codes of Kakao's; ""
// for all others. It is for the log and for pages in development.
func (p Problem) Hint(l i18n.Lang) string {
	own, ok := p.Code.ofKakao()
	if !ok {
		return ""
	}
	e, _ := koe.Lookup(own)
	lang := string(l)
	if lang == "" {
		lang = string(i18n.Ko)
	}
	var parts []string
	for _, text := range []koe.Text{e.Cause, e.Remedy, e.Menu} {
		if s := text.In(lang); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}
