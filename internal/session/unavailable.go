package session

// Unavailable marks an error of a store as [ErrUnavailable], without changing its text; nil for nil.
func Unavailable(err error) error {
	if err == nil {
		return nil
	}
	return unavailable{err}
}

type unavailable struct{ error }

func (u unavailable) Unwrap() error { return u.error }

func (unavailable) Is(target error) bool { return target == ErrUnavailable }
