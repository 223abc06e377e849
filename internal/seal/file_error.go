package seal

import "github.com/norang-login/norang/internal/i18n"

// fileError says what is wrong with a key file in both languages: to errors.As it is an [i18n.Error], besides its kind.
type fileError struct {
	text i18n.Error
	kind error
}

func badFile(kind error, ko, en string, args ...any) error {
	return &fileError{i18n.Errorf(ko, en, args...), kind}
}

func (e *fileError) Error() string { return e.text.En }
func (e *fileError) Unwrap() error { return e.kind }

// As is errors.As's.
func (e *fileError) As(target any) bool {
	text, ok := target.(*i18n.Error)
	if ok {
		*text = e.text
	}
	return ok
}
