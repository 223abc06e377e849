package proxy

import (
	"encoding/hex"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/i18n"
)

// Paths are the paths of an app that need no sign-in.
type Paths struct {
	exact map[string]bool
	below []string // "/static/"
}

// ParsePaths reads rules: "/about" is that path alone, "/static/*" everything below /static/, "/*" every path.
func ParsePaths(rules []string) (Paths, error) {
	p := Paths{exact: map[string]bool{}}
	for _, rule := range rules {
		dir, tree := strings.CutSuffix(rule, "*")
		path, ok := normal((&url.URL{Path: dir}).EscapedPath())
		if !ok || path != dir || tree && !strings.HasSuffix(dir, "/") {
			return Paths{}, i18n.Errorf("%q: /about이나 /static/*처럼 경로를 적으십시오.", "%q is no path such as /about or /static/*", rule)
		}
		if tree {
			p.below = append(p.below, dir)
		} else {
			p.exact[dir] = true
		}
	}
	return p, nil
}

// Public reports whether a path as it was sent needs no sign-in. A path that two servers could read differently is
// never public.
func (p Paths) Public(raw string) bool {
	path, ok := normal(raw)
	if !ok {
		return false
	}
	if p.exact[path] {
		return true
	}
	for _, dir := range p.below {
		if strings.HasPrefix(path, dir) {
			return true
		}
	}
	return false
}

// normal decodes a path once. ok is false if anything in it has a second reading: encoded separators and dots, dot
// segments, empty segments, parameters, control characters, invalid UTF-8, and characters that Unicode folds to one of
// these.
func normal(raw string) (path string, ok bool) {
	const special = `./\%;?#*`
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '%':
			code, err := hex.DecodeString(raw[i+1 : min(i+3, len(raw))])
			if err != nil || len(code) != 1 || strings.IndexByte(special, code[0]) >= 0 {
				return "", false
			}
			c = code[0]
			i += 2
		case strings.IndexByte(`\;?#`, c) >= 0:
			return "", false
		}
		b.WriteByte(c)
	}
	path = b.String()
	if !utf8.ValidString(path) || strings.ContainsFunc(path, ambiguous) || strings.Contains(path, "//") {
		return "", false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " ") {
			return "", false
		}
	}
	return path, strings.HasPrefix(path, "/")
}

// ambiguous reports control characters, invisible ones, and those that a compatibility mapping turns into separators,
// dots or ASCII letters.
func ambiguous(c rune) bool {
	for _, r := range [...][2]rune{
		{0, 0x1f}, {0x7f, 0x9f}, {0x2000, 0x206f}, {0x2100, 0x214f}, {0x2215, 0x2215}, {0x29f8, 0x29f8},
		{0xfe00, 0xfe6f}, {0xfeff, 0xfeff}, {0xff00, 0xffef},
	} {
		if r[0] <= c && c <= r[1] {
			return true
		}
	}
	return false
}
