package page

import (
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// Join is the page that a new user passes once. Its form is posted to {prefix}/join with these fields:
//
//	csrf        the token
//	action      "join" or "cancel", by button
//	age         "1" if declared
//	term.<tag>  the version that was agreed to, for each term that was ticked
//	return_to   as given
//
// Nothing is ticked in advance; Checked and AgeChecked repeat what the user ticked before an error.
type Join struct {
	Frame
	Who      Who
	ReturnTo string // the cleaned return URL; "" for none
	// Before is the name of another provider that this browser used last, "" for none: the user may have an account.
	Before string
	// AskAge asks for the declaration of being 14 or older.
	AskAge bool
	// AgeOptional lets users join without it.
	AgeOptional bool
	AgeChecked  bool
	// AgeMissing marks the declaration as missing.
	AgeMissing bool
	Terms      []JoinTerm
}

func (Join) file() string { return "join.html" }

// JoinTerm is one thing to agree to.
type JoinTerm struct {
	Tag     string // [a-z0-9_-]{1,64}
	Version string
	// Title is the document's name in the page's language, without a verb: "이용약관". For Marketing it is the whole
	// sentence. "" selects the default text.
	Title     string
	URL       string // where it can be read, "" for nowhere
	Required  bool
	Marketing bool
	Checked   bool
	// Missing marks a required term that was not agreed to.
	Missing bool
}

// Missing reports whether anything required was left out.
func (j Join) Missing() bool {
	if j.AgeMissing {
		return true
	}
	for _, t := range j.Terms {
		if t.Missing {
			return true
		}
	}
	return false
}

// HasOptional reports whether anything is optional.
func (j Join) HasOptional() bool {
	for _, t := range j.Terms {
		if !t.Required {
			return true
		}
	}
	return j.AskAge && j.AgeOptional
}

// Several reports whether there is more than one box, so that one box for all of them saves the user work.
func (j Join) Several() bool { return len(j.Terms) > 1 || j.AskAge && len(j.Terms) == 1 }

// joinBefore tells a new user with which provider this browser signed in last; "" if there is nothing to tell. With a
// sign-in at a provider that does not prove how recent it is, nothing can be linked, so that is not offered.
func (x *texts) joinBefore(j Join) string {
	if j.Before == "" {
		return ""
	}
	name := x.providerName(j, j.Before)
	with, proves := i18n.WithParticle(name, "으로", "로"), false
	if p := x.cfg.provider(j.Before); p.Name == j.Before {
		with, proves = i18n.Arg("provider로", p.Words(langOf(j))), p.ProvesFreshness
	}
	told := x.text(j, "join.before", "before", name, "before로", with)
	if proves {
		told += " " + x.text(j, "join.before_link")
	}
	return told
}

// joinAll names the optional items that the box for all ticks; "" if there are none.
func (x *texts) joinAll(j Join) string {
	var optional []string
	if j.AskAge && j.AgeOptional {
		optional = append(optional, x.text(j, "join.age"))
	}
	for _, t := range j.Terms {
		if !t.Required {
			optional = append(optional, x.termTitle(j, t))
		}
	}
	if len(optional) == 0 {
		return ""
	}
	return x.text(j, "join.all.note", "items", strings.Join(optional, ", "))
}
