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
)

// Bounds of what is read from files.
const (
	maxFile   = 1 << 20
	maxSecret = 64 << 10
)

// read reads a file of limited size and says whether others may read it too.
func read(path string, most int64) (data []byte, open bool, problem *Text) {
	fail := func(t Text) ([]byte, bool, *Text) { return nil, false, &t }
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(say("파일이 없습니다: %s", "there is no file %s", path))
	}
	if err != nil {
		return fail(say("파일을 읽을 수 없습니다: %[2]v", "cannot read %[1]s: %[2]v", path, err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		return fail(say("파일이 아니라 디렉터리입니다: %s", "%s is a directory", path))
	}
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(f, most+1))
	}
	if err != nil {
		return fail(say("파일을 읽을 수 없습니다: %[2]v", "cannot read %[1]s: %[2]v", path, err))
	}
	if int64(len(data)) > most {
		return fail(say("파일이 너무 큽니다(최대 %[2]d바이트): %[1]s", "%s is larger than %d bytes", path, most))
	}
	// Windows has no such bits; there the directory's permissions decide.
	return data, runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0, nil
}

// readSecret reads a file that holds one secret. The newline that editors and echo put at its end is no part of it.
func readSecret(path string) (string, *Text) {
	data, open, problem := read(path, maxSecret)
	if problem != nil {
		return "", problem
	}
	if open {
		t := othersCanRead(path)
		return "", &t
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		t := say("파일이 비어 있습니다: %s", "the file %s is empty", path)
		return "", &t
	}
	return text, nil
}

func othersCanRead(path string) Text {
	return say("다른 사용자가 %[1]s 파일을 읽을 수 있습니다. 실행하십시오: chmod o-rwx %[1]s", "others can read the file %[1]s; run: chmod o-rwx %[1]s", path)
}

// file takes what the TOML file says.
func (l *loader) file(path string) []given {
	if path == "" {
		return nil
	}
	base := filepath.Base(path)
	data, open, problem := read(path, maxFile)
	if problem != nil {
		l.fault("--config", "", *problem)
		return nil
	}
	var root map[string]any
	if err := toml.Unmarshal(data, &root); err != nil {
		l.fault("--config", "", notTOML(path, err))
		return nil
	}
	var out []given
	l.keys(base, "", root, &out)
	if open && slices.ContainsFunc(out, func(g given) bool {
		return !g.isFile && (g.setting.Secret() || Database(g.text).hasPassword())
	}) {
		l.fault("--config", "", othersCanRead(path))
	}
	return out
}

// notTOML says where a file is broken. The parser's own text would quote the value, which may be a secret.
func notTOML(path string, err error) Text {
	var p toml.ParseError
	if !errors.As(err, &p) {
		return say("TOML이 아닙니다: %s", "%s is not TOML", path)
	}
	if strings.Contains(p.Message, "already been defined") || strings.Contains(p.Message, "duplicate") {
		return say("%s %d번째 줄: %s 설정이 두 번 있습니다. 하나를 지우십시오.", "%s line %d: %s is there twice; remove one of them", path, p.Position.Line, p.LastKey)
	}
	if p.LastKey == "" {
		return say("%s %d번째 줄이 TOML이 아닙니다.", "%s line %d is not TOML", path, p.Position.Line)
	}
	return say("%s %d번째 줄이 TOML이 아닙니다(%s 다음). 글자는 따옴표로 둘러쌉니다.", "%s line %d is not TOML (at %s); texts stand in quotes", path, p.Position.Line, p.LastKey)
}

// keys walks through the tables of the file.
func (l *loader) keys(file, prefix string, m map[string]any, out *[]given) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		key, v := prefix+name, m[name]
		where := file + ": " + key
		i := slices.IndexFunc(table, func(s Setting) bool {
			return s.Key == key || s.CanBeFile() && s.Key+"_file" == key
		})
		if i >= 0 {
			g := given{setting: &table[i], where: where, native: v, isFile: table[i].Key != key}
			if text, ok := v.(string); ok {
				g.text = text
			}
			if g.isFile {
				if g.text == "" {
					l.fault(table[i].Name, where, say("파일의 경로를 따옴표로 둘러싸 적으십시오.", "must be the path of a file, in quotes"))
					continue
				}
				g.native = nil
			}
			*out = append(*out, g)
			continue
		}
		if inner, ok := v.(map[string]any); ok && isSection(key) {
			l.keys(file, key+".", inner, out)
			continue
		}
		l.fault(key, where, unknownName(key, fileKeys()))
	}
}

// isSection reports whether settings live under the key.
func isSection(key string) bool {
	return slices.ContainsFunc(fileKeys(), func(k string) bool { return strings.HasPrefix(k, key+".") })
}

// fileKeys are all keys that a person could have meant.
func fileKeys() []string {
	var keys []string
	for i := range table {
		keys = append(keys, table[i].Key)
		if table[i].CanBeFile() {
			keys = append(keys, table[i].Key+"_file")
		}
	}
	return keys
}
