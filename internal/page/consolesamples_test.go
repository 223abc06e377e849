package page

import (
	"slices"

	"github.com/norang-login/norang/internal/i18n"
)

// consoleSamples lists the pages of the operator's console in both languages, with identities of a provider.
func consoleSamples(provider string) []sample {
	var all []sample
	for _, l := range i18n.Langs() {
		frame := func(section string) ConsoleFrame { return consoleFrame(l, section) }
		list := slices.Concat(
			entrySamples(l, frame), peopleSamples(frame, provider), listSamples(l, frame), systemSamples(frame),
		)
		for _, s := range list {
			s.name = "console-" + s.name + "." + string(l)
			all = append(all, s)
		}
	}
	return all
}

// consoleFrame is the frame of a sample that an operator sees in a section of the menu.
func consoleFrame(l i18n.Lang, section string) ConsoleFrame {
	f := ConsoleFrame{
		Frame:    Frame{Lang: l, Path: "/admin/" + section, CSRF: "csrf-token-of-the-sample", RequestID: "3f9c2a7e51d04b86"},
		Operator: "라이언", OperatorID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", Role: "operator", Changes: true,
	}
	for _, name := range []string{"home", "people", "operators", "keys", "doctor", "settings"} {
		f.Menu = append(f.Menu, ConsoleLink{URL: "/admin/" + name, Name: name, Here: name == section})
	}
	return f
}

// entrySamples are the pages on the way in and out.
func entrySamples(l i18n.Lang, frame func(string) ConsoleFrame) []sample {
	outside := ConsoleFrame{Frame: Frame{Lang: l, CSRF: "csrf-token-of-the-sample", RequestID: "3f9c2a7e51d04b86"}}
	stale, nameless := frame("home"), frame("home")
	nameless.Operator = ""
	stale.Changes, stale.Again = false, "/admin/login?return_to=%2Fadmin%2F"
	code, err := QR("otpauth://totp/norang:ryan?secret=JBSWY3DPEHPK3PXP&issuer=norang")
	if err != nil {
		code = "" // the text fits, which the golden file shows
	}
	title, detail, again := "다시 로그인해 주세요", "아직 아무것도 바꾸지 않았어요.", "다시 로그인"
	if l == i18n.En {
		title, detail, again = "Please sign in again", "Nothing was changed.", "Sign in again"
	}
	return []sample{
		{"enter", ConsoleEnter{ConsoleFrame: outside, Code: "code-of-the-sample"}},
		{"enter-dev", ConsoleEnter{ConsoleFrame: outside, Code: "code-of-the-sample", Dev: true}},
		{"code", ConsoleCode{ConsoleFrame: outside, ReturnTo: "/admin/"}},
		{"code-wrong", ConsoleCode{ConsoleFrame: outside, ReturnTo: "/admin/", Wrong: true}},
		{"code-enrol", ConsoleCode{
			ConsoleFrame: outside, ReturnTo: "/admin/", QR: code, Secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
		}},
		{"left", ConsoleLeft{outside}},
		{"home", ConsoleHome{frame("home")}},
		{"home-stale", ConsoleHome{stale}},
		{"home-nameless", ConsoleHome{nameless}},
		{"problem", Problem{
			Frame: outside.Frame, Code: "console.not_fresh", Title: title, Detail: detail, Action: "sign_in",
			ActionLabel: again, ReturnTo: "/admin/",
		}},
	}
}
