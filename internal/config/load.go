package config

import (
	"cmp"
	"net"
	"slices"
	"strings"
)

// Sources are where settings come from, in falling precedence.
type Sources struct {
	// Flags are the values of the command line by the setting's Name; for a flag that takes a file (FlagName ends in
	// "-file") by Name + "_FILE". Switches are "1" or "0".
	Flags map[string]string
	// Environ is the environment, "KEY=value".
	Environ []string
	// File is the path of a TOML file, "" for none.
	File string
}

// given is one value and where it comes from.
type given struct {
	setting *Setting
	where   string // what the person wrote: a variable, a flag or a key of the file
	text    string
	native  any  // of the file: what TOML made of it; nil elsewhere
	isFile  bool // text is the path of a file with the value
}

// loader collects what is found in one place after the other.
type loader struct {
	settings Settings
	faults   Faults
	warnings []Fault
}

func (l *loader) fault(setting, where string, problem Text) {
	l.faults = append(l.faults, &Fault{Setting: setting, Where: where, Problem: problem})
}

// Load reads the settings. The error, if any, is of type [Faults] and names every faulty setting; the settings then hold
// those that could be read. Warnings are variables that look like ours and are not: they change nothing.
func Load(src Sources) (s Settings, warnings []Fault, err error) {
	l := &loader{settings: Settings{Listen: listenDefault("NORANG_LISTEN"), OpsListen: listenDefault("NORANG_OPS_LISTEN")}}
	_, listens := src.Flags["NORANG_LISTEN"]
	layers := [][]given{l.flags(src.Flags), l.environment(src.Environ, listens), l.file(src.File)}
	for i := range table {
		to := &l.settings
		for _, layer := range layers {
			mine := slices.DeleteFunc(slices.Clone(layer), func(g given) bool { return g.setting != &table[i] })
			if len(mine) == 0 {
				continue
			}
			l.take(mine, to)
			// A layer that says something hides those below it. They are read all the same: a fault that is hidden
			// today would stop the start on the day when the variable goes away.
			to = new(Settings)
		}
	}
	slices.SortStableFunc(l.faults, func(a, b *Fault) int { return cmp.Compare(rank(a.Setting), rank(b.Setting)) })
	if len(l.faults) > 0 {
		return l.settings, l.warnings, l.faults
	}
	return l.settings, l.warnings, nil
}

// rank is a setting's place in the table; what is unknown comes last.
func rank(name string) int {
	i := slices.IndexFunc(table, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return len(table)
	}
	return i
}

func listenDefault(name string) Listen {
	s, _ := find(name)
	return Listen(s.Default)
}

// take sets a setting in to from what one layer says about it. Two names with two values leave no way to tell which one was
// meant.
func (l *loader) take(all []given, to *Settings) {
	first := all[0]
	for i := range all {
		if all[i].isFile {
			text, problem := readSecret(all[i].text)
			if problem != nil {
				l.fault(all[i].setting.Name, all[i].where, *problem)
				return
			}
			all[i].text = text
		}
		if all[i].text != all[0].text {
			l.fault(first.setting.Name, "", say("%s 값과 %s 값이 다릅니다. 하나만 남기십시오.",
				"%s and %s have different values; keep one of them", first.where, all[i].where))
			return
		}
	}
	if problem := assign(first.setting, first.setting.field(to), all[0]); problem != nil {
		l.fault(first.setting.Name, first.where, *problem)
	}
}

// flags takes what the command line says.
func (l *loader) flags(values map[string]string) []given {
	var out []given
	for i := range table {
		s := &table[i]
		for _, name := range []string{s.Name, s.Name + fileSuffix} {
			text, ok := values[name]
			if !ok {
				continue
			}
			g := given{setting: s, where: "--" + s.FlagName(), text: text, isFile: name != s.Name}
			if s.Name == "NORANG_DATABASE" && Database(text).hasPassword() {
				// Everybody on the machine can read command lines.
				l.fault(s.Name, g.where, say("명령줄에는 비밀번호가 드러납니다. 환경 변수 NORANG_DATABASE나 NORANG_DATABASE_FILE을 쓰십시오.",
					"a command line shows its passwords to everybody on this machine; use NORANG_DATABASE or NORANG_DATABASE_FILE"))
				continue
			}
			out = append(out, g)
		}
	}
	return out
}

// environment takes what the environment says. An empty variable is one that is not set: compose files cannot express
// the difference. listens says that a flag decides about NORANG_LISTEN.
func (l *loader) environment(environ []string, listens bool) []given {
	seen := map[string]string{}
	var out []given
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if text == "" {
			continue
		}
		ours, kakao := strings.HasPrefix(name, "NORANG_"), strings.HasPrefix(name, "KAKAO_")
		s, known := find(name)
		if !known && !ours && !kakao && name != "PORT" {
			continue
		}
		if old, twice := seen[name]; twice && old != text {
			l.fault(name, "", say("환경 변수가 서로 다른 값으로 두 번 있습니다.", "stands twice in the environment, with different values"))
		}
		seen[name] = text
		switch {
		case known:
			out = append(out, given{setting: s, where: name, text: text, isFile: s.CanBeFile() && strings.HasSuffix(name, fileSuffix)})
		case ours && !serviceLink(name, text):
			l.fault(name, "", unknownName(name, variables()))
		case kakao && !serviceLink(name, text):
			l.warnings = append(l.warnings, Fault{Setting: name, Problem: unknownName(name, variables())})
		}
	}
	if listens {
		return out
	}
	return append(out, l.port(seen["PORT"], seen["NORANG_LISTEN"])...)
}

// port makes NORANG_LISTEN of PORT, which hosting platforms set: they connect from outside, so every interface is meant.
func (l *loader) port(port, listen string) []given {
	if port == "" {
		return nil
	}
	s, _ := find("NORANG_LISTEN")
	if listen == "" {
		return []given{{setting: s, where: "PORT", text: ":" + port}}
	}
	if _, p, err := net.SplitHostPort(listen); err == nil && p != port {
		l.fault(s.Name, "", say("NORANG_LISTEN의 포트(%s)와 PORT(%s)가 다릅니다. 하나만 남기거나 --listen으로 정하십시오.",
			"NORANG_LISTEN says port %s and PORT says %s; keep one of them, or decide by --listen", p, port))
	}
	return nil
}

// variables are all names of the environment that a person could have meant.
func variables() []string {
	var names []string
	for i := range table {
		names = append(names, table[i].Names()...)
	}
	return names
}

// unknownName says that a name means nothing here, and which one may have been meant.
func unknownName(name string, known []string) Text {
	if near := nearest(name, known); near != "" {
		return say("알 수 없는 설정입니다. %s 아닙니까?", "is no setting; did you mean %s?", near)
	}
	return say("알 수 없는 설정입니다. 지우십시오. 모든 설정은 docs/settings.md에 있습니다.",
		"is no setting; remove it. All of them stand in docs/settings.md")
}
