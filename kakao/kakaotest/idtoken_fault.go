package kakaotest

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// IDTokenFault is a fault of an ID token or, in a webhook, of a security event token.
type IDTokenFault struct {
	Header       map[string]any `toml:"header" json:"header"`               // header members set
	RemoveHeader []string       `toml:"remove_header" json:"remove_header"` // header members removed
	Claims       map[string]any `toml:"claims" json:"claims"`               // claims set
	Remove       []string       `toml:"remove" json:"remove"`               // claims removed
	Double       map[string]any `toml:"double" json:"double"`               // claims written twice, with this value
	// Alg is RS256 (default), none for an unsigned token, or HS256 with HMACKey, by default the public key's modulus,
	// as in the classic key confusion attack.
	Alg     string `toml:"alg" json:"alg"`
	HMACKey string `toml:"hmac_key" json:"hmac_key"`
	// Key is empty for the published key, "other" for an unpublished key under the published kid, or "unknown" for
	// one under its own kid.
	Key      string `toml:"key" json:"key"`
	Tamper   bool   `toml:"tamper" json:"tamper"`       // break the signature
	Raw      string `toml:"raw" json:"raw"`             // this text in place of the token
	OtherAud bool   `toml:"other_aud" json:"other_aud"` // the audience is another app's key
	Expired  bool   `toml:"expired" json:"expired"`     // exp is an hour before iat
}

func (f *IDTokenFault) check() error {
	var faults []error
	if algs := []string{"RS256", "HS256", "none"}; f.Alg != "" && !slices.Contains(algs, f.Alg) {
		faults = append(faults, emulator.Errorf("id_token: 모르는 alg입니다: %q%s",
			"id_token: unknown alg %q%s", f.Alg, oneOf(algs)))
	}
	if keys := []string{"other", "unknown"}; f.Key != "" && !slices.Contains(keys, f.Key) {
		faults = append(faults, emulator.Errorf("id_token: 모르는 key입니다: %q%s",
			"id_token: unknown key %q%s", f.Key, oneOf(keys)))
	} else if f.Key != "" {
		_, err := unpublishedKey() // made now, not while the service waits for its token
		faults = append(faults, err)
	}
	for member, names := range map[string][]string{
		"header": sortedNames(f.Header), "remove_header": f.RemoveHeader, "claims": sortedNames(f.Claims),
		"remove": f.Remove, "double": sortedNames(f.Double),
	} {
		faults = append(faults, emulator.CheckNotBlank("id_token: "+member, names))
	}
	return errors.Join(faults...)
}

// sign makes the faulty token.
func (f *IDTokenFault) sign(s signingKey, header, claims []member) (string, error) {
	if f.Raw != "" {
		return f.Raw, nil
	}
	if f.Key != "" {
		other, err := unpublishedKey()
		if err != nil {
			return "", err
		}
		if f.Key == "other" {
			other.kid = s.kid
		}
		s = other
	}
	header = setMember(header, "kid", s.kid)
	if f.Alg != "" {
		header = setMember(header, "alg", f.Alg)
	}
	if f.OtherAud {
		claims = setMember(claims, "aud", fixedKey("rest", "another app"))
	}
	if f.Expired {
		if i := slices.IndexFunc(claims, func(m member) bool { return m.name == "iat" }); i >= 0 {
			claims = setMember(claims, "exp", claims[i].value.(int64)-3600)
		}
	}
	header, claims = change(header, f.Header, f.RemoveHeader), change(claims, f.Claims, f.Remove)
	for _, name := range sortedNames(f.Double) {
		claims = append(claims, member{name, f.Double[name]})
	}
	var token string
	var err error
	switch f.Alg {
	case "none":
		token = signingInput(header, claims) + "."
	case "HS256":
		secret := []byte(f.HMACKey)
		if len(secret) == 0 {
			secret = s.key.N.Bytes()
		}
		token = signHS256(secret, header, claims)
	default:
		token, err = signRS256(s, header, claims)
	}
	if f.Tamper && err == nil {
		token = tamper(token)
	}
	return token, err
}

// tamper changes the first character of the signature.
func tamper(token string) string {
	i := strings.LastIndexByte(token, '.') + 1
	if i >= len(token) {
		return token
	}
	c := byte('A')
	if token[i] == 'A' {
		c = 'B'
	}
	return token[:i] + string(c) + token[i+1:]
}

// change sets and removes members in a fixed order.
func change(ms []member, set map[string]any, remove []string) []member {
	for _, name := range sortedNames(set) {
		ms = setMember(ms, name, set[name])
	}
	return slices.DeleteFunc(slices.Clone(ms), func(m member) bool { return slices.Contains(remove, m.name) })
}

func setMember(ms []member, name string, value any) []member {
	ms = slices.Clone(ms)
	if i := slices.IndexFunc(ms, func(m member) bool { return m.name == name }); i >= 0 {
		ms[i].value = value
		return ms
	}
	return append(ms, member{name, value})
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
