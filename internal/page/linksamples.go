package page

import (
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// linkSamples are the pages about identities.
func linkSamples(
	frame func(string) Frame, noticed func(string, Flash) Frame, provider, name string, now time.Time,
) []sample {
	const path = "/auth/account/links"
	one := Link{
		ID: "019c8f9c-0000-7000-8000-0000000000a1", Provider: provider, Subject: "3141592653589", Name: name,
		LinkedAt: now.AddDate(0, -3, 0), SeenAt: now.Add(-26 * time.Hour), Own: true,
	}
	two := Link{
		ID: "019c8f9c-0000-7000-8000-0000000000a2", Provider: provider, Subject: "9223372036854775807",
		LinkedAt: now.Add(-time.Minute), SeenAt: now.Add(-time.Minute),
	}
	full := Links{Frame: frame(path), Now: now, Items: []Link{one, two}, Fresh: true, Full: true}
	merge := Merge{
		Frame: frame("/auth/account/merge"), Identities: 2, Ref: "10482",
		Keep: MergeSide{ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", Name: name, Since: now.AddDate(-1, 0, 0)},
		Lose: MergeSide{
			ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3f", Name: strings.Repeat("W", account.MaxNickname),
			Since: now.AddDate(0, -1, 0),
		},
	}
	bare := merge
	bare.Identities, bare.Ref, bare.Lose.Name = 1, "", ""
	ticket := Ticket{Frame: frame("/auth/link/sample"), Ref: "10482", Code: "sample", ReturnTo: "/"}
	signedIn := ticket
	signedIn.SignedIn, signedIn.Ref = &Who{Name: name}, strings.Repeat("0123456789", 25)
	return []sample{
		{"ticket", ticket},
		{"ticket-signed-in", signedIn},
		{"onward", Onward{Frame: frame(""), URL: "https://provider.example/authorize?client_id=sample&state=sample"}},
		{"merge", merge},
		{"merge-bare", bare},
		{"links", Links{Frame: noticed(path, FlashLinkAdded), Now: now, Items: []Link{one, two}, Fresh: true}},
		{"links-stale", Links{Frame: frame(path), Now: now, Items: []Link{one, two}}},
		{"links-last", Links{Frame: frame(path), Now: now, Items: []Link{one}}},
		{"links-in-app", Links{Frame: frame(path), Now: now, Items: []Link{one, two}, InApp: true}},
		{"links-full", full},
		{"links-unprovable", Links{Frame: frame(path), Now: now, Items: []Link{one}, Unprovable: true}},
		{"links-prover", Links{
			Frame: frame(path), Now: now, Items: []Link{one, two}, Unprovable: true, Prover: provider,
		}},
		{"links-renumbered", Links{Frame: frame(path), Now: now, Items: []Link{one}, Renumbered: true}},
	}
}
