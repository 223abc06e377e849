package app

import "github.com/norang-login/norang/internal/member"

// newLinker makes what lets people have more identities than one. The job runner must be there.
func (a *App) newLinker() (*member.Linker, error) {
	return member.NewLinker(member.LinkerConfig{
		Store: a.db, Sessions: a.sessions, Wake: a.jobs.Wake, Now: a.cfg.Now, Random: a.cfg.Random,
	})
}
