package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// turnsOn are the settings that turn a provider on, by the prefix of the provider's settings. The first one is the one
// to name: of the others, each makes the start ask for the rest.
var turnsOn = map[string][]string{
	"KAKAO_": {"KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET", "KAKAO_APP_ID", "KAKAO_ADMIN_KEY"},
	"NAVER_": {"NAVER_CLIENT_ID"}, "LINE_": {"LINE_CHANNEL_ID"}, "GOOGLE_": {"GOOGLE_CLIENT_ID"},
	"APPLE_": {"APPLE_SERVICES_ID"},
}

// turnedOnBy are the settings without which a setting has no effect; nil for most.
func turnedOnBy(name string) []string {
	switch name {
	case "NORANG_NO_CLIENT_SECRET", "NORANG_NO_ADMIN_KEY", "NORANG_KEEP_KAKAO_TOKENS":
		return turnsOn["KAKAO_"]
	}
	prefix, _, _ := strings.Cut(name, "_")
	return turnsOn[prefix+"_"]
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
		row := &l.rows[i]
		on := turnedOnBy(row.Name)
		if on == nil || slices.ContainsFunc(on, set) || !set(row.Name) ||
			fmt.Sprint(reflect.ValueOf(row.field(&l.settings)).Elem()) == row.Default {
			continue
		}
		l.warn(row.Name, l.settings.sources[row.Name],
			wrong("%s가 없어서 쓰이지 않습니다.", "has no effect without %s", on[0]))
	}
	for _, c := range [][2]string{
		{"NORANG_NO_CLIENT_SECRET", "KAKAO_CLIENT_SECRET"}, {"NORANG_NO_ADMIN_KEY", "KAKAO_ADMIN_KEY"},
	} {
		if set(c[0]) && set(c[1]) {
			l.warn(c[0], l.settings.sources[c[0]], wrong("%s 설정이 있어서 효과가 없습니다. 둘 가운데 하나를 지우십시오.",
				"has no effect because %s is set; remove one of them", c[1]))
		}
	}
	// Those of the emulator begin with "emu".
	if id := l.settings.LINE.ProviderID; strings.Trim(strings.TrimPrefix(id, "emu"), "0123456789") != "" {
		l.warn("LINE_PROVIDER_ID", l.settings.sources["LINE_PROVIDER_ID"], wrong(
			"숫자가 아닙니다. LINE 콘솔의 제공자(provider) ID는 숫자이며 모든 신원에 들어가므로 첫 회원이 가입하기 전에 고치십시오.",
			"is not a number as in LINE's console; it is part of every identity, so correct it before the first user joins"))
	}
}
