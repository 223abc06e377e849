package returnurl

import (
	"slices"
	"strings"
)

// SetParameter returns a raw query with one parameter at its end, in place of others of this name; an empty value
// removes it. Everything else stays as it was written: an app may depend on its order and encoding, and net/url would
// drop what it cannot parse.
func SetParameter(rawQuery, name, value string) string {
	var parts []string
	if rawQuery != "" {
		parts = slices.DeleteFunc(strings.Split(rawQuery, "&"), func(pair string) bool {
			key, _, _ := strings.Cut(pair, "=")
			return key == name
		})
	}
	if value != "" {
		parts = append(parts, name+"="+value)
	}
	return strings.Join(parts, "&")
}
