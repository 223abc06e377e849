// Package i18n owns the two languages of norang: which one a reader gets ([Match]) and the texts that people read ([T]).
//
// The texts stand in ko.json and en.json, key by key the same; wording.md's tone holds for them: 해요체 for members, sentence
// case in English. It does not own HTML (package page), the codes of problems (package problem, whose texts live here), or
// dates. It knows no cookie and no query: whoever has read a person's choice passes it to Match.
package i18n
