package cli

import "strings"

// language finds the person's language before anything is parsed, because messages about parsing need it: --lang, then
// the locale in POSIX order. Anything but Korean is English.
func language(args, environ []string) string {
	for i, a := range args {
		if a == "--" {
			break
		}
		if v, ok := strings.CutPrefix(a, "--lang="); ok && isLang(v) {
			return v
		}
		if a == "--lang" && i+1 < len(args) && isLang(args[i+1]) {
			return args[i+1]
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := variable(environ, name); v != "" {
			if v == "ko" || strings.HasPrefix(v, "ko_") || strings.HasPrefix(v, "ko.") {
				return "ko"
			}
			return "en"
		}
	}
	return "en"
}

func isLang(s string) bool { return s == "ko" || s == "en" }

// variable is the value of a variable of the environment, "" if it is not set.
func variable(environ []string, name string) string {
	for _, entry := range environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			return v
		}
	}
	return ""
}
