package config

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/norang-login/norang/internal/listening"
)

// checkAddresses reports listeners that exclude each other, and an app behind the reverse proxy that is one of them.
// known are the errors of the settings, whose addresses are not compared. passed is how many listeners a service
// manager has opened, in place of the settings' addresses.
func (s *Settings) checkAddresses(known Errors, passed int) (errs Errors) {
	unread := func(name string) bool {
		return slices.ContainsFunc(known, func(e *Error) bool { return e.Setting == name })
	}
	main, ops := string(s.Listen), string(s.OpsListen)
	if passed > 0 || unread("NORANG_LISTEN") {
		main = ""
	}
	if passed > 1 || unread("NORANG_OPS_LISTEN") {
		ops = ""
	}
	if listening.Overlap(main, ops) {
		p := malformed(ops, "NORANG_LISTEN(%s)과 겹칩니다. 포트를 다르게 적으십시오.",
			"overlaps NORANG_LISTEN (%s): choose another port", main)
		errs = append(errs, &Error{Setting: "NORANG_OPS_LISTEN", Value: p.value, Reason: p.reason})
	}
	u, err := url.Parse(s.Upstream)
	if err != nil || s.Upstream == "" || unread("NORANG_UPSTREAM") {
		return errs
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	var p *problem
	switch {
	case listening.Reaches(u.Hostname(), port, main):
		p = malformed(s.Upstream, "norang이 요청을 받는 주소입니다(NORANG_LISTEN: %s). 앱이 실제로 받는 주소를 적으십시오.",
			"is where norang itself listens (NORANG_LISTEN: %s): name the address on which the app listens", main)
	case listening.Reaches(u.Hostname(), port, ops):
		p = malformed(s.Upstream, "norang의 운영용 주소입니다(NORANG_OPS_LISTEN: %s). 지표와 콘솔이 공개되므로 앱이 실제로 받는 주소를 적으십시오.",
			"is norang's operations listener (NORANG_OPS_LISTEN: %s), which must not be public: "+
				"name the address on which the app listens", ops)
	default:
		return errs
	}
	return append(errs, &Error{Setting: "NORANG_UPSTREAM", Value: p.value, Reason: p.reason})
}
