package emulator

import (
	"fmt"
	"strings"
)

// Text is a text in Korean and English.
type Text [2]string

// Textf formats a text. Both formats take the same values, by index where the order differs. A [Text] or an error among
// them is put in the language of its surroundings; the verb of an error is %v.
func Textf(ko, en string, args ...any) Text {
	var t Text
	for i, format := range []string{ko, en} {
		values := make([]any, len(args))
		for j, arg := range args {
			switch arg := arg.(type) {
			case Text:
				values[j] = arg[i]
			case error:
				values[j] = Message(arg)[i]
			default:
				values[j] = arg
			}
		}
		t[i] = fmt.Sprintf(format, values...)
	}
	return t
}

// Verbatim is a text that is the same in both languages: what the provider, the system or a library says, and codes.
func Verbatim(s string) Text { return Text{s, s} }

// In returns the text in a language. A text without English is shown in Korean.
func (t Text) In(lang string) string {
	if lang == "en" && t[1] != "" {
		return t[1]
	}
	return t[0]
}

// IsZero reports a text that is empty in both languages.
func (t Text) IsZero() bool { return t == Text{} }

// clip cuts both languages to limit bytes.
func (t Text) clip(limit int) Text { return Text{Clip(t[0], limit), Clip(t[1], limit)} }

// Error is an error in what a developer configures, scripts or asks of the control API. Go callers read it in English;
// [Message] returns both languages, for the command and the console.
type Error struct {
	text   Text
	causes []error
}

// Errorf formats an Error as [Textf] does. It wraps the errors among its values.
func Errorf(ko, en string, args ...any) error {
	e := &Error{text: Textf(ko, en, args...)}
	for _, arg := range args {
		if cause, ok := arg.(error); ok {
			e.causes = append(e.causes, cause)
		}
	}
	return e
}

func (e *Error) Error() string { return e.text[1] }

// Unwrap returns the errors that e was made of.
func (e *Error) Unwrap() []error { return e.causes }

// Message is an error's text in both languages, joined errors one to a line. That of any other error than [Error],
// such as one of the operating system, is the same in both.
func Message(err error) Text {
	switch e := err.(type) {
	case *Error:
		return e.text
	case interface{ Unwrap() []error }:
		var ko, en []string
		for _, one := range e.Unwrap() {
			m := Message(one)
			ko, en = append(ko, m[0]), append(en, m[1])
		}
		if text := (Text{strings.Join(ko, "\n"), strings.Join(en, "\n")}); text[1] == err.Error() {
			return text
		} // otherwise there are words around them, in English only
	}
	return Verbatim(err.Error())
}
