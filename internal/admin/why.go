package admin

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

// todo says what to do about a failure: what the provider's documents say about its own code, else ours.
func todo(l i18n.Lang, set *provider.Set, f *failures.Failure) string {
	if one, ok := set.Get(f.Provider); ok {
		if hint := problem.From(problem.Recorded(one, f.Code, nil)).Hint(l); hint != "" {
			return hint
		}
	}
	for _, key := range []string{"console.todo." + string(f.Code), "console.todo." + kindOf(string(f.Code))} {
		if i18n.Has(key) {
			return i18n.T(l, key)
		}
	}
	return i18n.T(l, "console.todo.other")
}

// why answers why a user cannot sign in: what their status forbids, and what failed since they last did.
func why(r *Request, set *provider.Set, u *operator.UserPage) (answers []string) {
	switch u.Status {
	case account.Disabled, account.Withdrawn, account.Pending:
		answers = append(answers, say(r, "console.why."+string(u.Status)))
	}
	var in time.Time // the last sign-in
	for _, i := range u.Identities {
		if i.SeenAt.After(in) {
			in = i.SeenAt
		}
	}
	since := 0
	for since < len(u.Failed) && u.Failed[since].At.After(in) {
		since++
	}
	switch {
	case since > 0:
		f := &u.Failed[0]
		answers = append(answers, say(r, "console.why.failed", "count", text(int64(since)), "time", stamp(f.At),
			"provider", providerName(r.Lang, set, f.Provider), "what", failureName(r, string(f.Code)),
			"todo", todo(r.Lang, set, f)))
	case len(u.Failed) > 0:
		f := &u.Failed[0]
		answers = append(answers, say(r, "console.why.before", "time", stamp(f.At), "what", failureName(r, string(f.Code)),
			"since", stamp(in)))
	case len(answers) == 0:
		answers = append(answers, say(r, "console.why.nothing"))
	}
	return answers
}
