package i18n

import (
	"errors"
	"strings"
)

// Error is an error for an operator, in both languages. As an error it reads in English, like all others.
type Error Text

// Errorf formats an Error as [Textf] does.
func Errorf(ko, en string, args ...any) Error { return Error(Textf(ko, en, args...)) }

func (e Error) Error() string { return e.En }

// Message is an error's text in both languages, joined errors one after the other. What is no [Error] is the same in
// both.
func Message(err error) Text {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		var ko, en []string
		for _, one := range all.Unwrap() {
			m := Message(one)
			ko, en = append(ko, m.Ko), append(en, m.En)
		}
		return Text{strings.Join(ko, "\n"), strings.Join(en, "\n")}
	}
	var e Error
	if errors.As(err, &e) && e.En == err.Error() {
		return Text(e)
	}
	return Text{err.Error(), err.Error()}
}
