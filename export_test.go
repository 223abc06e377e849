package norang

import "github.com/norang-login/norang/internal/app"

// Internal is for the tests of this package.
func Internal(c Config) app.Config { return c.internal() }
