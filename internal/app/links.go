package app

import (
	"strconv"

	"github.com/norang-login/norang/internal/linking"
)

// newLinker makes what lets people have more identities than one. The job runner must be there.
func (a *App) newLinker() (*linking.Service, error) {
	return linking.New(linking.Config{
		Store: a.db, Tickets: a.db, Sessions: a.sessions, Wake: a.jobs.Wake, Now: a.cfg.Now, Random: a.cfg.Random,
	})
}

// oldApp is OldAppID as identities name it; "" for none.
func (k Kakao) oldApp() string {
	if k.OldAppID == 0 {
		return ""
	}
	return strconv.FormatInt(k.OldAppID, 10)
}
