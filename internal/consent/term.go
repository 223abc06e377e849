package consent

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
)

// maxTerms bounds what a join page asks.
const maxTerms = 20

// Term is a document of the operator's that a new member is asked to agree to.
type Term struct {
	// Tag is the term's stable name: [a-z0-9_-], at most 64. At Kakao Sync the same name is the service term's tag.
	Tag string
	// Version names the text that is in force; a new one is a new agreement. Any text, at most 64 bytes.
	Version string
	// TitleKo and TitleEn are what the checkbox says; one may be empty and the other then stands for both.
	TitleKo, TitleEn string
	// URL is where the document can be read: https, or a path on this origin. May be empty.
	URL string
	// Required: nobody joins without it.
	Required bool
	// Marketing marks the wish for advertising: never required and never ticked in advance (Network Act article 50).
	Marketing bool
}

// Title is the term's title in a language ("ko" or "en"), or in the other one if there is none.
func (t Term) Title(lang string) string {
	return i18n.Text{Ko: t.TitleKo, En: t.TitleEn}.In(i18n.Lang(lang))
}

var tagForm = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// CheckTerms names every fault of a list of terms.
func CheckTerms(terms []Term) error {
	var faults []error
	if len(terms) > maxTerms {
		faults = append(faults, fmt.Errorf("consent: %d terms, at most %d can be asked", len(terms), maxTerms))
	}
	seen := map[string]bool{}
	for _, t := range terms {
		switch {
		case !tagForm.MatchString(t.Tag) || t.Tag == string(account.ConsentAge):
			faults = append(faults, fmt.Errorf("consent: term %q: the tag must be 1 to 64 of [a-z0-9_-], and not %q", t.Tag, account.ConsentAge))
		case seen[t.Tag]:
			faults = append(faults, fmt.Errorf("consent: term %q stands twice", t.Tag))
		case t.TitleKo == "" && t.TitleEn == "":
			faults = append(faults, fmt.Errorf("consent: term %q has no title", t.Tag))
		case t.Version == "" || len(t.Version) > 64 || strings.ContainsFunc(t.Version, unicode.IsControl):
			faults = append(faults, fmt.Errorf("consent: term %q needs a version of at most 64 bytes, without line breaks", t.Tag))
		case t.Marketing && t.Required:
			faults = append(faults, fmt.Errorf("consent: term %q: consent to advertising cannot be required", t.Tag))
		case t.URL != "" && !termURL(t.URL):
			faults = append(faults, fmt.Errorf("consent: term %q: the URL must be https or a path", t.Tag))
		}
		seen[t.Tag] = true
	}
	return errors.Join(faults...)
}

func termURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User != nil {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") && !strings.Contains(text, `\`)
	}
	return u.Scheme == "https" && u.Host != ""
}

// Kind is the ledger's kind of the term.
func (t Term) Kind() account.ConsentKind {
	if t.Marketing {
		return account.ConsentMarketing
	}
	return account.ConsentTerms
}
