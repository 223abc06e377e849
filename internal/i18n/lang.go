package i18n

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// Lang is a language of the pages, as a BCP 47 primary subtag, fit for HTML's lang attribute. The zero Lang is [Ko].
type Lang string

const (
	// Ko is Korean, the default.
	Ko Lang = "ko"
	// En is English, for users who accept other languages only.
	En Lang = "en"
)

// Langs lists the languages in the order of the language switch.
func Langs() []Lang { return []Lang{Ko, En} }

// Parse accepts exactly "ko" or "en", so that no other text from a query or cookie becomes a lang attribute.
func Parse(s string) (Lang, bool) {
	switch Lang(s) {
	case Ko:
		return Ko, true
	case En:
		return En, true
	}
	return "", false
}

// Own is the language's name in itself, for the language switch.
func (l Lang) Own() string {
	if l == En {
		return "English"
	}
	return "한국어"
}

// maxHeader bounds what is parsed of an Accept-Language header. Browsers send about 40 bytes.
const maxHeader = 1024

var refusesKorean = regexp.MustCompile(`(?i)(^|,)\s*ko(-[a-z0-9-]+)?\s*;\s*q=0(\.0*)?\s*(,|$)`)

// Match returns the language for a request: override if [Parse] accepts it, else the best of acceptLanguage (RFC 9110
// section 12.5.4). Without a usable header it is Korean; if the header names other languages only, or refuses Korean,
// it is English.
func Match(acceptLanguage, override string) Lang {
	if l, ok := Parse(override); ok {
		return l
	}
	if len(acceptLanguage) > maxHeader {
		acceptLanguage = acceptLanguage[:maxHeader]
		// The last range may be cut in two.
		acceptLanguage = acceptLanguage[:strings.LastIndexByte(acceptLanguage, ',')+1]
	}
	// Tags come by falling weight; those of weight 0 are dropped.
	tags, weights, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Ko
	}
	anything := Ko
	if refusesKorean.MatchString(acceptLanguage) {
		anything = En
	}
	found := anything
	for i, tag := range tags {
		if !(weights[i] <= 1) { // the parser also takes 1e9 and NaN
			continue
		}
		switch base, _ := tag.Base(); base.String() {
		case "ko":
			return Ko
		case "mul": // as "*" is parsed
			return anything
		case "en":
			return En
		}
		found = En
	}
	return found
}

// Text is a sentence in both languages.
type Text struct{ Ko, En string }

// Textf formats both languages with the same arguments. With indexed verbs such as %[2]s the orders may differ.
func Textf(ko, en string, args ...any) Text {
	if len(args) == 0 {
		return Text{ko, en}
	}
	return Text{fmt.Sprintf(ko, args...), fmt.Sprintf(en, args...)}
}

// In returns the text in a language, or in the other one if it is missing.
func (t Text) In(l Lang) string {
	if l == En && t.En != "" || t.Ko == "" {
		return t.En
	}
	return t.Ko
}

// IsZero reports a text that is empty in both languages.
func (t Text) IsZero() bool { return t == Text{} }
