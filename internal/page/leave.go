package page

import (
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// Withdraw is the page that says what withdrawing does. Its form is posted to {prefix}/account/withdraw with these
// fields:
//
//	csrf  the token
//	user  ID, sealed for this session, so that a form that is sent twice gets the same answer twice
//
// There is one confirmation and no question about reasons.
type Withdraw struct {
	Frame
	Who Who
	ID  string
	// Linked are the names of the providers of the user's accounts, all of which are disconnected.
	Linked []string
	// Fresh says that the sign-in is recent. If it is not, the page leads to {prefix}/account/withdraw/confirm, from
	// where the user returns with a recent one.
	Fresh bool
	// KeptMonths is how long sign-in records are kept, as the law requires.
	KeptMonths int
	// GraceDays is when the data is deleted; 0 for at once. Restorable says that the account can be restored until
	// then. BlockDays is how long the user cannot join again; 0 if they can at once.
	GraceDays, BlockDays int
	Restorable           bool
}

func (Withdraw) file() string { return "withdraw.html" }

// withdrawLead names every provider that is disconnected, each once.
func (x *texts) withdrawLead(w Withdraw) string {
	linked := w.Linked
	if len(linked) == 0 {
		linked = []string{x.providerOf(w).Name}
	}
	ends := func(name string) bool { return x.cfg.providerNamed(name).Unlinks }
	names := x.providerNames(w, slices.DeleteFunc(slices.Clone(linked), func(n string) bool { return !ends(n) }))
	if len(names) == 0 {
		return x.text(w, "withdraw.lead_bare")
	}
	return x.text(w, "withdraw.lead", "provider", strings.Join(names, ", "))
}

// withdrawStays are the providers at which the withdrawal ends no link, because there is no call for it, each once.
func (x *texts) withdrawStays(w Withdraw) (all []Provider) {
	for _, name := range w.Linked {
		p := x.cfg.providerNamed(name)
		if !p.Unlinks && !slices.ContainsFunc(all, func(o Provider) bool { return o.Name == name }) {
			all = append(all, p)
		}
	}
	return all
}

// Left is the page after a withdrawal.
type Left struct {
	Frame
	// Waits says that the unlink at a provider is queued, Failed that one needs the operator or the user. If neither, all
	// are done. Links says it of each provider.
	Waits, Failed bool
	Links         []LeftLink
	// Until is when the data is deleted; zero if it is. Restorable says that the account can be restored before.
	Until      time.Time
	Restorable bool
}

func (Left) file() string { return "left.html" }

// LeftLink is what became of the links at a provider.
type LeftLink struct {
	Provider      string
	Waits, Failed bool
}

// leftLine is a sentence about the links at one or more providers, and where users end them on their own.
type leftLine struct {
	Text  string
	Place place
}

// leftLinks says what became of the links. Providers of which there is the same to say share a sentence.
func (x *texts) leftLinks(l Left) (lines []leftLine) {
	links := l.Links
	if len(links) == 0 {
		links = []LeftLink{{x.providerOf(l).Name, l.Waits, l.Failed}}
	}
	shared := map[string][]string{"left.unlinked": nil, "left.waits": nil}
	for _, link := range links {
		key, p := "left.unlinked", x.cfg.providerNamed(link.Provider)
		switch {
		case link.Failed && p.Unlinks:
			key = "left.failed"
		case link.Failed, !p.Unlinks: // nobody here goes on with it
			key = "left.stays"
		case link.Waits:
			key = "left.waits"
		}
		if _, ok := shared[key]; ok && keyAt(p, key) == key {
			shared[key] = append(shared[key], p.Name)
			continue
		}
		lines = append(lines, leftLine{x.textFor(l, p, key, "where", x.where(l, p)), place{l, p}})
	}
	var first []leftLine
	add := func(names []string, one, many string) {
		if len(names) > 1 {
			one = many
		}
		if len(names) > 0 {
			text := i18n.T(langOf(l), one, "provider", strings.Join(names, ", "))
			first = append(first, leftLine{Text: text, Place: place{View: l}})
		}
	}
	add(x.providerNames(l, shared["left.unlinked"]), "left.unlinked", "left.unlinked_many")
	add(x.providerNames(l, shared["left.waits"]), "left.waits", "left.waits_many")
	return append(first, lines...)
}
