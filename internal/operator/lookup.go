package operator

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// MaxBatch is how many users one call of [Service.Batch] looks up.
const MaxBatch = 100

// maxEmail is the longest e-mail address that is searched for, in bytes.
const maxEmail = 320

var (
	// ErrBatch: a batch has no selector, or more than [MaxBatch].
	ErrBatch = fmt.Errorf("operator: a batch needs 1 to %d selectors", MaxBatch)
	// ErrEmail: the text cannot be an e-mail address.
	ErrEmail = errors.New("operator: not an e-mail address")
)

// Directory is what this package needs to look up many users and to change what the app keeps with them. Every method
// is one transaction.
type Directory interface {
	// Lookup returns for each selector the ids of at most two users that it may mean, in the same order, and what
	// ReadUsers returns of those that are the only match of one. It calls found once, as soon as it knows who they are,
	// and before it has read all of them; if it fails, perhaps not.
	Lookup(ctx context.Context, who []Selector, found func([]account.ID)) ([][]account.ID, []User, error)
	// UsersByEmail lists users with an identity that has exactly this address, by their ids.
	UsersByEmail(context.Context, EmailFilter) ([]account.ID, error)
	// ReadUsers reads users with all their identities, in the order of ids, without those that do not exist. Sessions and
	// Unlinking are not counted.
	ReadUsers(ctx context.Context, ids []account.ID) ([]User, error)
	// PatchUser carries out a patch with its access record, emits an event if anything changes, and returns the user
	// after it. account.ErrNotFound for a user that does not exist or has withdrawn, account.ErrRefTaken, and the errors
	// of account.Patch.
	PatchUser(context.Context, account.Patch) (*account.User, error)
}

// EmailFilter selects users by an e-mail address that a provider gave, verified or not, in exactly this spelling.
type EmailFilter struct {
	Email string
	After account.ID // the last user of the previous page, "" for the first page
	Limit int        // at most [MaxPage] + 1
}

// Found is a result of [Service.Batch].
type Found struct {
	// User is nil if no user matches, or more than one does.
	User *User
	// Ambiguous: more than one user matches, such as a subject in two namespaces.
	Ambiguous bool
}

// Batch looks up users with all their identities and returns a result for each selector, in the same order. One user
// may be there several times. Every user returned gets an access record. [ErrBatch].
func (s *Service) Batch(ctx context.Context, who []Selector) ([]Found, error) {
	if len(who) == 0 || len(who) > MaxBatch {
		return nil, ErrBatch
	}
	var recorded chan error
	matches, users, err := s.cfg.Directory.Lookup(ctx, who, func(ids []account.ID) {
		// The record waits for the disk: meanwhile the rest is read.
		recorded = make(chan error, 1)
		go func() { recorded <- s.recordList(ctx, ids, "", true) }()
	})
	if recorded != nil {
		err = errors.Join(err, <-recorded)
	}
	if err != nil {
		return nil, err
	}
	byID := make(map[account.ID]*User, len(users))
	for i := range users {
		byID[users[i].ID] = &users[i]
	}
	all := make([]Found, len(who))
	for i, m := range matches {
		all[i].Ambiguous = len(m) > 1
		if len(m) == 1 {
			all[i].User = byID[m[0]]
		}
	}
	return all, nil
}

// Get returns one user with all identities, sessions counted, as [Service.Show] with e-mail addresses in full.
func (s *Service) Get(ctx context.Context, who Selector) (*User, error) {
	return s.Show(ctx, who, true)
}

// ByEmail returns a page of the users with an address, and whether there are more: addresses repeat. The access record
// does not contain the address. [ErrEmail].
func (s *Service) ByEmail(ctx context.Context, f EmailFilter) (page []User, more bool, err error) {
	if f.Email == "" || len(f.Email) > maxEmail || !utf8.ValidString(f.Email) {
		return nil, false, ErrEmail
	}
	limit := min(max(f.Limit, 1), MaxPage)
	f.Limit = limit + 1
	ids, err := s.cfg.Directory.UsersByEmail(ctx, f)
	if err != nil {
		return nil, false, err
	}
	if more = len(ids) > limit; more {
		ids = ids[:limit]
	}
	if page, err = s.cfg.Directory.ReadUsers(ctx, ids); err != nil {
		return nil, false, err
	}
	if err := s.recordUsers(ctx, page, "email", true); err != nil {
		return nil, false, err
	}
	return page, more, nil
}

// Update sets the ref of a user and merges a patch into meta, and returns the user after it. [account.ErrInvalidRef],
// [account.ErrInvalidMeta], [account.ErrMetaTooLarge], [account.ErrRefTaken], [ErrWithdrawn].
func (s *Service) Update(ctx context.Context, who Selector, ref *string, meta []byte) (*account.User, error) {
	p := account.Patch{Ref: ref, Meta: meta, At: s.now(), Actor: s.cfg.Actor}
	if err := p.Check(); err != nil {
		return nil, err
	}
	id, err := s.find(ctx, audit.UserUpdate, who)
	if err != nil {
		return nil, err
	}
	p.UserID = id
	u, err := s.cfg.Directory.PatchUser(ctx, p)
	refused := audit.Access{Kind: audit.UserUpdate, Outcome: audit.NotDone}
	switch {
	case errors.Is(err, account.ErrNotFound):
		return nil, errors.Join(ErrWithdrawn, s.record(ctx, refused, id))
	case errors.Is(err, account.ErrRefTaken), errors.Is(err, account.ErrMetaTooLarge):
		return nil, errors.Join(err, s.record(ctx, refused, id))
	case err != nil:
		return nil, err
	}
	s.cfg.Changed(id)
	return u, nil
}

// recordUsers records that users are shown.
func (s *base) recordUsers(ctx context.Context, users []User, condition string, revealed bool) error {
	ids := make([]account.ID, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}
	return s.recordList(ctx, ids, condition, revealed)
}

func (s *base) recordList(ctx context.Context, ids []account.ID, condition string, revealed bool) error {
	a := audit.Access{Kind: audit.UserList, Outcome: audit.Done, Detail: detail(condition, revealed)}
	if len(ids) == 0 {
		a.Outcome = audit.NotFound
	}
	return s.record(ctx, a, ids...)
}
