package provider

import "github.com/norang-login/norang/internal/oauthclient"

// Secret is a token or code. Every verb of fmt, encoding/json and slog prints it as "[redacted]"; only Reveal gives the
// text. A Secret therefore cannot be stored through encoding/json by accident: seal what Reveal returns.
type Secret = oauthclient.Secret
