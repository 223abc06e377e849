package oidc

import "github.com/norang-login/norang/internal/oauthclient"

// Secret is a token, code, key or verifier. It prints as "[redacted]" with every verb of fmt and in encoding/json,
// encoding/xml and slog, also as a field of a struct. It can be decoded from JSON like a string. Reveal returns the
// text; every use of a secret is therefore a call of Reveal.
//
// Secrets are printed where fmt and encoding/json call no methods: in unexported fields of other packages' structs, in
// a struct behind a pointer printed with a wrong verb (such as %s, which vet reports), and as keys of a map.
//
// The methods are Reveal, String, GoString, Format, MarshalText, MarshalJSON, LogValue and Equal, which compares in
// constant time. All clients of norang have the same type.
type Secret = oauthclient.Secret
