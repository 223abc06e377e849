package signin

import (
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/web"
)

// lastUsed remembers in the browser with which provider it signed in last. The cookie holds nothing about the user, and
// nothing is looked up for it: a browser that never signed in here learns nothing about any account.
type lastUsed struct {
	kernel *web.Kernel
	known  *provider.Set
}

// lastLife is how long the browser remembers.
const lastLife = 365 * 24 * time.Hour

func (l lastUsed) cookie() string { return l.kernel.Cookies.Name(web.CookieLast) }

func (l lastUsed) set(w http.ResponseWriter, provider string) {
	l.kernel.Cookies.Set(w, l.cookie(), provider, lastLife)
}

// of is the provider with which this browser signed in last, if it is still configured; else "".
func (l lastUsed) of(r *web.Request) string {
	name := l.kernel.Cookies.Get(r.Request, l.cookie())
	if _, ok := l.known.Get(name); !ok {
		return ""
	}
	return name
}
