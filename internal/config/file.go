package config

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/norang-login/norang/internal/seal"
)

// Bounds of what is read from files.
const (
	maxFile   = 1 << 20
	maxSecret = 64 << 10
)

// exposure is whether other users can read a file.
type exposure int

const (
	private        exposure = iota
	openOnVolume            // on a secret volume of Kubernetes or Swarm: a warning
	openToEveryone          // anywhere else: an error
)

// readFile is the function of that name. It reads a pipe once, and ends with l.done: a pipe waits for its writer.
func (l *loader) readFile(path string, limit int64) ([]byte, exposure, *problem) {
	type result struct {
		piped
		p *problem
	}
	if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
		return readFile(path, limit)
	}
	if one, ok := l.pipes.find(path); ok {
		return one.data, one.seen, nil
	}
	read := make(chan result, 1)
	go func() {
		data, seen, p := readFile(path, limit)
		read <- result{piped{data, seen}, p}
	}()
	select {
	case r := <-read:
		if r.p == nil {
			l.pipes.keep(path, r.piped)
		}
		return r.data, r.seen, r.p
	case <-l.done: // nil without [Sources.Done]
		return nil, private, wrong("읽는 중에 멈췄습니다: %s", "interrupted while reading %s", path)
	}
}

// readFile reads a file of limited size and reports whether other users can read it.
func readFile(path string, limit int64) (data []byte, seen exposure, p *problem) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, private, wrong("파일이 없습니다: %s", "no such file: %s", path)
	}
	unreadable := func(err error) *problem {
		p := wrong("파일을 읽을 수 없습니다: %[2]v", "cannot read %[1]s: %[2]v", path, err)
		p.cause = err
		return p
	}
	if err != nil {
		return nil, private, unreadable(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		return nil, private, wrong("파일이 아니라 디렉터리입니다: %s", "%s is a directory", path)
	}
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(f, limit+1))
	}
	if err != nil {
		return nil, private, unreadable(err)
	}
	if int64(len(data)) > limit {
		return nil, private, wrong("파일이 너무 큽니다(최대 %[2]d바이트): %[1]s", "%s is larger than %d bytes", path, limit)
	}
	switch mode := info.Mode().Perm(); {
	case runtime.GOOS == "windows": // has no such bits; there the directory's permissions decide
	case mode&0o007 == 0:
	case mode&0o002 == 0 && seal.SecretVolume(f):
		seen = openOnVolume
	default:
		seen = openToEveryone
	}
	return data, seen, nil
}

// readSecret reads a file that holds one secret, without the newline that editors and echo append. The warning is nil
// unless others can read a file that is accepted.
func (l *loader) readSecret(path string) (text string, warning, p *problem) {
	if p := missingCredential(l.credentials, path); p != nil {
		return "", nil, p
	}
	data, seen, p := l.readFile(path, maxSecret)
	if p != nil {
		return "", nil, p
	}
	switch seen {
	case openToEveryone:
		return "", nil, othersCanRead(path)
	case openOnVolume:
		warning = othersCanReadVolume(path)
	case private:
	}
	text = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return "", nil, wrong("파일이 비어 있습니다: %s", "the file %s is empty", path)
	}
	return text, warning, nil
}

// missingCredential reports a file that a systemd unit names below its directory of credentials but does not load. nil
// if it is none, or if it exists.
func missingCredential(directory, path string) *problem {
	if directory == "" || filepath.Dir(path) != filepath.Clean(directory) {
		return nil
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	name := filepath.Base(path)
	return wrong("유닛이 이 자격 증명을 불러오지 않습니다. 유닛의 [Service]에 추가하십시오: LoadCredential=%[1]s:/etc/norang/%[1]s",
		"the unit does not load this credential; add to [Service]: LoadCredential=%[1]s:/etc/norang/%[1]s", name)
}

// containerModes says how to mount a secret into a container, whose volume refuses chmod.
const containerModes = "Kubernetes: defaultMode: 0440, fsGroup / Compose: mode: 0400, uid"

func othersCanRead(path string) *problem {
	return wrong("다른 사용자가 %[1]s 파일을 읽을 수 있습니다. 실행하십시오: chmod o-rwx %[1]s (%[2]s)",
		"others can read the file %[1]s; run: chmod o-rwx %[1]s (%[2]s)", path, containerModes)
}

func othersCanReadVolume(path string) *problem {
	return wrong(
		"다른 사용자가 %[1]s 파일을 읽을 수 있습니다. 읽기 전용 비밀 볼륨에 있어서 받아들입니다(%[2]s).",
		"others can read the file %[1]s, which is accepted because it is on a read-only secret volume (%[2]s)",
		path,
		containerModes,
	)
}

// open parses the TOML file.
func (l *loader) open(path string) {
	if path == "" {
		return
	}
	data, seen, p := l.readFile(path, maxFile)
	if p != nil {
		l.failFile(l.named, p, true)
		return
	}
	if err := toml.Unmarshal(data, &l.root); err != nil {
		l.root = nil
		l.failFile(path, notTOML(err), true)
	}
	l.exposed = seen
}

// file reads the values of the file.
func (l *loader) file(path string) []given {
	var out []given
	l.keys(filepath.Base(path), "", l.root, &out)
	if !slices.ContainsFunc(out, func(g given) bool {
		return !g.isFile && (g.setting.secret || g.setting.Name == databaseSetting && hasPassword(g.text))
	}) {
		return out
	}
	switch l.exposed {
	case openToEveryone:
		l.failFile(l.named, othersCanRead(path), false)
	case openOnVolume:
		l.warn(l.named, "", othersCanReadVolume(path))
	case private:
	}
	return out
}

// notTOML reports where a file is malformed. The parser's own message would quote the value, which may be a secret.
func notTOML(err error) *problem {
	var p toml.ParseError
	if !errors.As(err, &p) {
		return wrong("TOML이 아닙니다.", "is not TOML")
	}
	line, column := p.Position.Line, p.Position.Col
	if strings.Contains(p.Message, "already been defined") || strings.Contains(p.Message, "duplicate") {
		return wrong("%d번째 줄: %s 설정이 두 번 있습니다. 하나를 지우십시오.",
			"line %d: %s is set twice; remove one", line, p.LastKey) // the column is that of the line's end
	}
	if p.LastKey == "" {
		return wrong("%d번째 줄 %d번째 글자부터 TOML이 아닙니다.", "line %d, column %d: not TOML", line, column)
	}
	return wrong("%d번째 줄 %d번째 글자부터 TOML이 아닙니다(%s 다음). 글자는 따옴표로 둘러쌉니다.",
		"line %d, column %d: not TOML (at %s); texts need quotes", line, column, p.LastKey)
}

// keys walks the tables of the file.
func (l *loader) keys(file, prefix string, m map[string]any, out *[]given) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		key, v := prefix+name, m[name]
		where := file + ": " + key
		i := slices.IndexFunc(l.rows, func(s Setting) bool {
			return s.Key == key || s.CanBeFile() && s.Key+"_file" == key
		})
		if i >= 0 {
			g := given{setting: &l.rows[i], where: where, native: v, isFile: l.rows[i].Key != key}
			if text, ok := v.(string); ok {
				g.text = text
			}
			if g.isFile {
				if g.text == "" {
					l.fail(l.rows[i].Name, where, wrong("파일의 경로를 따옴표로 둘러싸 적으십시오.",
						"must be the path of a file, in quotes"))
					continue
				}
				g.native = nil
			}
			*out = append(*out, g)
			continue
		}
		if inner, ok := v.(map[string]any); ok && l.isSection(key) {
			l.keys(file, key+".", inner, out)
			continue
		}
		if section, name, _ := strings.Cut(key, "."); section == oidcSection && !strings.Contains(name, ".") {
			l.fail(key, where, wrong(
				"[oidc.이름] 구역이어야 합니다. 이름은 영어 소문자로 시작하고 영어 소문자, 숫자, -로 되어 있습니다.",
				"must be a section [oidc.NAME]; a name has lower-case letters, digits and hyphens, and begins with a letter"))
			continue
		}
		if meant := l.keyOfVariable(key); meant != "" {
			l.fail(key, where, wrong("알 수 없는 설정입니다. %s 아닙니까?", "unknown setting; did you mean %s?", meant))
			continue
		}
		l.fail(key, where, unknownName(key, l.fileKeys()))
	}
}

// keyOfVariable is the key of the setting whose variable was written as a key, such as "audiences" for
// NORANG_AUDIENCES, whose key is "tokens.audiences"; "" if there is none.
func (l *loader) keyOfVariable(key string) string {
	name := strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
	for i := range l.rows {
		if names := l.rows[i].Names(); slices.Contains(names, name) || slices.Contains(names, "NORANG_"+name) {
			return l.rows[i].Key
		}
	}
	return ""
}

// isSection reports whether the key is a table with settings.
func (l *loader) isSection(key string) bool {
	return key == oidcSection ||
		slices.ContainsFunc(l.fileKeys(), func(k string) bool { return strings.HasPrefix(k, key+".") })
}

// fileKeys are all known keys.
func (l *loader) fileKeys() []string {
	var keys []string
	for i := range l.rows {
		keys = append(keys, l.rows[i].Key)
		if l.rows[i].CanBeFile() {
			keys = append(keys, l.rows[i].Key+"_file")
		}
	}
	return keys
}
