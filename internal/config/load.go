package config

import (
	"cmp"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/listening"
)

// Sources are where settings come from, in order of precedence.
type Sources struct {
	// Flags are the flags by the setting's Name, or by Name + "_FILE" if the flag takes a file. Switches are "1" or
	// "0".
	Flags map[string]string
	// Environ is the environment, "KEY=value".
	Environ []string
	// File is the path of a TOML file, "" for none; see FindFile.
	File string
	// Done ends the wait for a pipe to which nothing is written. Without it, that has no end.
	Done <-chan struct{}
	// Pipes is shared by all readings of one process; nil if there is only one.
	Pipes *Pipes
}

// The file that is read without a flag.
const (
	fileVariable = "NORANG_CONFIG"
	DefaultFile  = "norang.toml" // in the working directory
)

// FindFile returns the file to read: the one that a flag gives, else that of NORANG_CONFIG, else norang.toml in the
// working directory if it exists, else "".
func FindFile(flag string, environ []string) string {
	if flag != "" {
		return flag
	}
	for _, entry := range environ {
		if path, ok := strings.CutPrefix(entry, fileVariable+"="); ok && path != "" {
			return path
		}
	}
	if _, err := os.Lstat(DefaultFile); err == nil {
		return DefaultFile
	}
	return ""
}

// fileName is how the user named the file: by the flag, by the variable, or by leaving it where it is found.
func (src Sources) fileName() string {
	switch {
	case src.File == DefaultFile:
		return DefaultFile
	case slices.Contains(src.Environ, fileVariable+"="+src.File):
		return fileVariable
	}
	return "--config"
}

// SecretFiles are the files from which secrets are read, whether or not they exist.
func SecretFiles(src Sources) (files []string) {
	l := newLoader(src)
	for _, layer := range [][]given{l.flags(src.Flags), l.environment(src.Environ, true), l.file(src.File)} {
		for _, g := range layer {
			if g.isFile {
				files = append(files, g.text)
			}
		}
	}
	return files
}

// given is a value and its source.
type given struct {
	setting *Setting
	where   string // the variable, flag or key of the file
	text    string
	native  any  // the parsed TOML value; nil elsewhere
	isFile  bool // text is the path of a file that holds the value
}

// loader collects settings and errors.
type loader struct {
	rows        []Setting      // the table, with those of the OpenID Connect providers that are configured
	root        map[string]any // of the file; nil without one
	named       string         // how the file was named: its flag, its variable, or its own name
	exposed     exposure       // of the file
	settings    Settings
	errs        Errors
	warnings    Errors
	credentials string // the directory of a systemd unit's credentials; "" if there is none
	done        <-chan struct{}
	pipes       *Pipes
}

func (l *loader) fail(setting, where string, p *problem) {
	l.errs = append(l.errs, &Error{Setting: setting, Where: where, Value: p.value, Reason: p.reason, Cause: p.cause})
}

func (l *loader) warn(setting, where string, p *problem) {
	l.warnings = append(l.warnings, &Error{Setting: setting, Where: where, Reason: p.reason})
}

// failFile reports an error of the file as a whole.
func (l *loader) failFile(name string, p *problem, unread bool) {
	l.errs = append(l.errs, &Error{Setting: name, Reason: p.reason, OfFile: true, Cause: p.cause, unread: unread})
}

// Load reads the settings. The error, if any, is of type [Errors] and names every setting that could not be read; the
// others are returned with it. Warnings are unknown variables of providers and other settings that have no effect, and
// secrets on a volume that others can read.
func Load(src Sources) (s Settings, warnings Errors, err error) {
	l := newLoader(src)
	_, listens := src.Flags["NORANG_LISTEN"]
	layers := [][]given{l.flags(src.Flags), l.environment(src.Environ, listens), l.file(src.File)}
	for i := range l.rows {
		to := &l.settings
		for _, layer := range layers {
			mine := slices.DeleteFunc(slices.Clone(layer), func(g given) bool { return g.setting != &l.rows[i] })
			if len(mine) == 0 {
				continue
			}
			l.take(mine, to)
			// A source hides those below it. They are checked all the same, or removing a variable could reveal an
			// error that stops the next start.
			to = new(Settings)
		}
	}
	if !l.errs.fileUnread() {
		l.unused()
	}
	slices.SortStableFunc(l.errs, func(a, b *Error) int { return cmp.Compare(l.rank(a.Setting), l.rank(b.Setting)) })
	if len(l.errs) > 0 {
		return l.settings, l.warnings, l.errs
	}
	return l.settings, l.warnings, nil
}

// newLoader reads the file, and makes the rows of the OpenID Connect providers.
func newLoader(src Sources) *loader {
	l := &loader{settings: Settings{
		Listen:    listenDefault("NORANG_LISTEN"),
		OpsListen: OpsListen(listenDefault("NORANG_OPS_LISTEN")),
		sources:   map[string]string{},
	}, named: src.fileName(), done: src.Done, pipes: src.Pipes}
	l.open(src.File)
	names := oidcNames(src.Environ, l.root)
	l.rows = rowsOf(names)
	for _, name := range names {
		l.settings.oidcNamed(name)
	}
	return l
}

// rank is a setting's place in the table; unknown names come last.
func (l *loader) rank(name string) int {
	i := slices.IndexFunc(l.rows, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return len(l.rows)
	}
	return i
}

func listenDefault(name string) Listen {
	s, _ := find(name)
	return Listen(s.Default)
}

// take sets a setting from what one source says about it. Two names with different values are an error.
func (l *loader) take(all []given, to *Settings) {
	first := all[0]
	for i := range all {
		if all[i].isFile {
			text, warning, p := l.readSecret(all[i].text)
			if p != nil {
				l.fail(all[i].setting.Name, all[i].where, p)
				return
			}
			if warning != nil {
				l.warn(all[i].setting.Name, all[i].where, warning)
			}
			all[i].text = text
		}
		if all[i].text != all[0].text {
			l.fail(first.setting.Name, "", wrong("%s 값과 %s 값이 다릅니다. 하나만 남기십시오.",
				"%s and %s have different values; keep one", first.where, all[i].where))
			return
		}
	}
	if p := assign(first.setting, first.setting.field(to), all[0]); p != nil {
		l.fail(first.setting.Name, first.where, p)
	} else if to == &l.settings {
		to.sources[first.setting.Name] = first.where
	}
}

// flags reads the command line.
func (l *loader) flags(values map[string]string) []given {
	var out []given
	for i := range l.rows {
		s := &l.rows[i]
		for _, name := range []string{s.Name, s.Name + fileSuffix} {
			text, ok := values[name]
			if !ok {
				continue
			}
			g := given{setting: s, where: "--" + s.FlagName(), text: text, isFile: name != s.Name}
			if s.Name == databaseSetting && hasPassword(text) {
				l.fail(s.Name, g.where, wrong("명령줄에는 비밀번호가 드러납니다. 환경 변수 NORANG_DATABASE나 NORANG_DATABASE_FILE을 쓰십시오.",
					"every user of this machine can read a password on a command line; "+
						"use NORANG_DATABASE or NORANG_DATABASE_FILE"))
				continue
			}
			out = append(out, g)
		}
	}
	return out
}

// environment reads the environment. An empty variable counts as unset, because compose files cannot express the
// difference. listens says that a flag sets NORANG_LISTEN.
func (l *loader) environment(environ []string, listens bool) []given {
	seen := map[string]string{}
	var out []given
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if text == "" || name == fileVariable {
			continue
		}
		ours, theirs := strings.HasPrefix(name, "NORANG_"), ofProvider(name)
		s, known := findIn(l.rows, name)
		if name == "CREDENTIALS_DIRECTORY" {
			l.credentials = text
		}
		if !known && !ours && !theirs && name != "PORT" {
			continue
		}
		if old, twice := seen[name]; twice && old != text {
			l.fail(name, "", wrong("환경 변수가 서로 다른 값으로 두 번 있습니다.",
				"is set twice in the environment, with different values"))
		}
		seen[name] = text
		switch {
		case known && l.ambiguous(name):
			l.fail(name, "", wrong("제공자 둘의 설정일 수 있습니다. 파일에 적거나 한쪽의 이름을 바꾸십시오.",
				"is a setting of two providers; set it in the file, or rename one of them"))
		case known:
			isFile := s.CanBeFile() && strings.HasSuffix(name, fileSuffix)
			out = append(out, given{setting: s, where: name, text: text, isFile: isFile})
		case ours && !serviceLink(name, text):
			l.fail(name, "", unknownName(name, l.variables()))
		case theirs && !serviceLink(name, text):
			l.warn(name, "", l.unknownOfProvider(name))
		}
	}
	if listens {
		return out
	}
	return append(out, l.port(seen["PORT"], seen["NORANG_LISTEN"])...)
}

// ambiguous reports a variable of two providers: OIDC_A_SIGNOUT_REDIRECT_URI, if the names are a and a-signout.
func (l *loader) ambiguous(name string) bool {
	of := 0
	for i := range l.rows {
		if slices.Contains(l.rows[i].Names(), name) {
			of++
		}
	}
	return of > 1
}

// providerPrefixes begin the names of the providers' settings. Other programs have variables that begin with GOOGLE_.
var providerPrefixes = []string{
	"LINE_CHANNEL_ID", "LINE_CHANNEL_SECRET", "LINE_PREVIOUS_", "LINE_PROVIDER_", "LINE_SCOPE", "LINE_REDIRECT_",
	"KAKAO_", "NAVER_", "APPLE_", "GOOGLE_CLIENT_", "GOOGLE_REDIRECT_", "GOOGLE_NATIVE_", "GOOGLE_HOSTED_",
	oidcPrefix,
}

// ofProvider reports a variable with the prefix of a provider's settings. An unknown one may be an app's own.
func ofProvider(name string) bool {
	return slices.ContainsFunc(providerPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// port derives NORANG_LISTEN from PORT, which hosting platforms set. They connect from outside, so it means every
// interface.
func (l *loader) port(port, listen string) []given {
	if port == "" {
		return nil
	}
	s, _ := findIn(l.rows, "NORANG_LISTEN")
	if listen == "" {
		return []given{{setting: s, where: "PORT", text: ":" + port}}
	}
	if _, _, ok, _ := listening.Unix(listen); ok {
		l.fail(s.Name, "", wrong("NORANG_LISTEN은 유닉스 소켓인데 PORT(%s)도 있습니다. 하나만 남기거나 --listen으로 정하십시오.",
			"NORANG_LISTEN is a Unix socket and PORT is %s; keep one, or decide with --listen", port))
		return nil
	}
	if _, p, err := net.SplitHostPort(listen); err == nil && p != port {
		l.fail(s.Name, "", wrong("NORANG_LISTEN의 포트(%s)와 PORT(%s)가 다릅니다. 하나만 남기거나 --listen으로 정하십시오.",
			"NORANG_LISTEN has port %s and PORT is %s; keep one, or decide with --listen", p, port))
	}
	return nil
}

// unknownOfProvider reports an unknown variable of a provider.
func (l *loader) unknownOfProvider(name string) *problem {
	if issuer, ok := ofOIDC(name); ok {
		return wrong("%s가 없어서 쓰이지 않습니다.", "has no effect without %s", issuer)
	}
	return unknownName(name, l.variables())
}

// variables are all known variables of the environment.
func (l *loader) variables() []string {
	var names []string
	for i := range l.rows {
		names = append(names, l.rows[i].Names()...)
	}
	return names
}

// unknownName reports an unknown name and the one that was probably meant.
func unknownName(name string, known []string) *problem {
	if near := nearest(name, known); near != "" {
		return wrong("알 수 없는 설정입니다. %s 아닙니까?", "unknown setting; did you mean %s?", near)
	}
	return wrong("알 수 없는 설정입니다. 지우십시오. 모든 설정은 docs/settings.ko.md에 있습니다.",
		"unknown setting; remove it (docs/settings.md lists all settings)")
}
