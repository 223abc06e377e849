package config

import (
	"reflect"
	"slices"
	"strings"
)

// turnsOn is the setting that turns the provider of a group on.
var turnsOn = map[Group]string{
	GroupNaver: "NAVER_CLIENT_ID", GroupLINE: "LINE_CHANNEL_ID", GroupGoogle: "GOOGLE_CLIENT_ID",
	GroupApple: "APPLE_SERVICES_ID",
}

// unused warns of settings that have no effect together with the others. They may be another program's, or have served
// for long, so they are no errors.
func (l *loader) unused() {
	set := func(name string) bool {
		row, ok := findIn(l.rows, name)
		return ok && !reflect.ValueOf(row.field(&l.settings)).Elem().IsZero() ||
			slices.ContainsFunc(l.errs, func(e *Error) bool { return e.Setting == name })
	}
	for i := range l.rows {
		name, on := l.rows[i].Name, turnsOn[l.rows[i].Group]
		prefix, _, _ := strings.Cut(on, "_")
		if on != "" && strings.HasPrefix(name, prefix+"_") && !set(on) && set(name) {
			l.warn(name, l.settings.sources[name], wrong("%s가 없어서 쓰이지 않습니다.", "has no effect without %s", on))
		}
	}
	for _, c := range [][2]string{
		{"NORANG_NO_CLIENT_SECRET", "KAKAO_CLIENT_SECRET"}, {"NORANG_NO_ADMIN_KEY", "KAKAO_ADMIN_KEY"},
	} {
		if set(c[0]) && set(c[1]) {
			l.warn(c[0], l.settings.sources[c[0]], wrong("%s 설정이 있어서 효과가 없습니다. 둘 가운데 하나를 지우십시오.",
				"has no effect because %s is set; remove one of them", c[1]))
		}
	}
	if id := l.settings.LINE.ProviderID; strings.Trim(id, "0123456789") != "" {
		l.warn("LINE_PROVIDER_ID", l.settings.sources["LINE_PROVIDER_ID"], wrong(
			"숫자가 아닙니다. LINE 콘솔의 제공자(provider) ID는 숫자이며 모든 신원에 들어가므로 첫 회원이 가입하기 전에 고치십시오.",
			"is not a number as in LINE's console; it is part of every identity, so correct it before the first user joins"))
	}
}
