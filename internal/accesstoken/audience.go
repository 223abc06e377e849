package accesstoken

import (
	"errors"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// Audience is an API that accepts tokens.
type Audience struct {
	Name string // the value of "aud"
	// Profile sets the header "typ" to "at+jwt" and adds the claim "client_id", as RFC 9068 requires. Without it "typ" is
	// "JWT", the only value that some frameworks accept.
	Profile bool
	// Scope and Role are claims with the same value in every token, for frameworks that require one; "" for none.
	Scope, Role string
}

// maxAudience bounds the text of an audience, in bytes.
const maxAudience = 256

// ParseAudience parses an audience as it is configured: its name, then options, as in
// "https://api.example.com;typ=at+jwt;scope=user;role=authenticated".
func ParseAudience(text string) (Audience, error) {
	name, rest, _ := strings.Cut(text, ";")
	a := Audience{Name: name}
	if name == "" || len(text) > maxAudience || strings.ContainsFunc(text, unprintable) || strings.Contains(name, " ") {
		return a, i18n.Errorf("audience %.40q: 공백 없는 ASCII 문자 %d자까지여야 합니다.",
			"audience %.40q: want a name of at most %d printable ASCII characters without spaces", text, maxAudience)
	}
	for rest != "" {
		var option string
		option, rest, _ = strings.Cut(rest, ";")
		key, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		switch {
		case key == "typ" && value == "at+jwt":
			a.Profile = true
		case key == "typ" && value == "JWT":
			a.Profile = false
		case key == "scope" && value != "":
			a.Scope = value
		case key == "role" && value != "":
			a.Role = value
		default:
			return a, i18n.Errorf("audience %q: %q 옵션은 없습니다. typ=JWT, typ=at+jwt, scope=…, role=… 가운데 고르십시오.",
				"audience %q: unknown option %q, known are typ=JWT, typ=at+jwt, scope=… and role=…", name, option)
		}
	}
	return a, nil
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

// parseAudiences parses all configured audiences, by name.
func parseAudiences(texts []string) (map[string]Audience, error) {
	var errs []error
	all := map[string]Audience{}
	for _, text := range texts {
		a, err := ParseAudience(text)
		if _, twice := all[a.Name]; twice && err == nil {
			err = i18n.Errorf("audience %q: 두 번 있습니다.", "audience %q is listed twice", a.Name)
		}
		all[a.Name] = a
		errs = append(errs, err)
	}
	return all, errors.Join(errs...)
}
