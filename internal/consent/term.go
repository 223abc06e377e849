package consent

import (
	"errors"
	"regexp"
	"strings"
	"unicode"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/returnurl"
)

// maxTerms bounds the join page.
const maxTerms = 20

// Term is a document of the service that users are asked to agree to.
type Term struct {
	// Tag is the stable name, 1 to 64 of [a-z0-9_-]. A provider that asks for terms knows the term by it.
	Tag string
	// Version names the text in force, in at most 64 bytes. A new version needs a new agreement.
	Version string
	// TitleKo and TitleEn label the checkbox. If one is empty, the other is used for both languages.
	TitleKo, TitleEn string
	// URL leads to the document: https, or a path on this origin. Optional.
	URL string
	// Required: users cannot join without agreeing.
	Required bool
	// Marketing is the consent to advertising: never required, never ticked in advance (Network Act article 50).
	Marketing bool
}

// Title returns the title in a language ("ko" or "en"), or in the other one if there is none.
func (t Term) Title(lang string) string {
	return i18n.Text{Ko: t.TitleKo, En: t.TitleEn}.In(i18n.Lang(lang))
}

// IsTag reports whether a text can be the tag of a term.
func IsTag(s string) bool { return tagForm.MatchString(s) }

var tagForm = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// CheckTerms reports everything that is wrong with a list of terms.
func CheckTerms(terms []Term) error {
	var errs []error
	if len(terms) > maxTerms {
		errs = append(errs, i18n.Errorf("약관은 %[2]d개까지 둘 수 있습니다. 지금은 %[1]d개입니다.",
			"at most %[2]d terms can be configured, got %[1]d", len(terms), maxTerms))
	}
	seen := map[string]bool{}
	for _, t := range terms {
		switch {
		case !tagForm.MatchString(t.Tag) || t.Tag == string(account.ConsentAge):
			errs = append(errs, i18n.Errorf("약관의 태그는 [a-z0-9_-] 1~64자여야 하고 %q일 수 없습니다: %q",
				"tag of a term must be 1 to 64 of [a-z0-9_-] and not %q, got %q", account.ConsentAge, t.Tag))
		case seen[t.Tag]:
			errs = append(errs, i18n.Errorf("%q 약관이 두 번 있습니다.", "term %q is configured twice", t.Tag))
		case t.TitleKo == "" && t.TitleEn == "":
			errs = append(errs, i18n.Errorf("%q 약관에 제목이 없습니다.", "term %q has no title", t.Tag))
		case t.Version == "" || len(t.Version) > 64 || strings.ContainsFunc(t.Version, unicode.IsControl):
			errs = append(errs, i18n.Errorf("%q 약관에는 줄바꿈 없이 1~64바이트인 버전이 있어야 합니다.",
				"term %q needs a version of 1 to 64 bytes without line breaks", t.Tag))
		case t.Marketing && t.Required:
			errs = append(errs, i18n.Errorf("%q 약관은 광고에 대한 것이어서 필수일 수 없습니다.",
				"term %q cannot be required: it is about advertising", t.Tag))
		case t.URL != "" && !returnurl.IsLink(t.URL):
			errs = append(errs, i18n.Errorf("%q 약관의 URL은 https 주소나 경로여야 합니다.",
				"URL of term %q must be https or a path", t.Tag))
		}
		seen[t.Tag] = true
	}
	return errors.Join(errs...)
}

// Kind returns the ledger's kind of the term.
func (t Term) Kind() account.ConsentKind {
	if t.Marketing {
		return account.ConsentMarketing
	}
	return account.ConsentTerms
}
