package linking

import (
	"context"
	"errors"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// without is a Store that does not find the other user.
type without struct {
	Store
	err error
}

func (s without) UserByID(context.Context, account.ID) (*account.User, error) { return nil, s.err }

// The other account was deleted while its proof waited in the browser. That is no failure of the store.
func TestMergeWithAnAccountThatIsGoneIsRefused(t *testing.T) {
	for found, want := range map[error]error{
		account.ErrNotFound: ErrNotMergeable, errors.New("disk"): session.ErrUnavailable,
	} {
		s := &Service{store: without{err: found}}
		plan, err := s.PlanMerge(t.Context(), &session.Principal{}, "gone", account.Key{})
		if plan != nil || !errors.Is(err, want) || errors.Is(err, ErrNotMergeable) != (want == ErrNotMergeable) {
			t.Errorf("%v: %+v, %v", found, plan, err)
		}
	}
}
