package cli

import (
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// language finds the user's language before parsing, because parser errors need it: --lang, then the POSIX locale.
// Anything but Korean is English.
func language(args, environ []string) i18n.Lang {
	for i, a := range args {
		if a == "--" {
			break
		}
		v, ok := strings.CutPrefix(a, "--lang=")
		if a == "--lang" && i+1 < len(args) {
			v, ok = args[i+1], true
		}
		if l, known := i18n.Parse(v); ok && known {
			return l
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := variable(environ, name); v != "" {
			if v == "ko" || strings.HasPrefix(v, "ko_") || strings.HasPrefix(v, "ko.") {
				return i18n.Ko
			}
			return i18n.En
		}
	}
	return i18n.En
}

// variable returns an environment variable, "" if unset.
func variable(environ []string, name string) string {
	for _, entry := range environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			return v
		}
	}
	return ""
}
