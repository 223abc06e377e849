package norang

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/web"
)

// Errors of [Users], for errors.Is. Others are the store's: nothing was shown or done, and the call may be repeated.
var (
	// ErrSelector: the text is not a valid user selector, see [Users].
	ErrSelector = operator.ErrSelector
	// ErrNoSuchUser: no user has this id, ref or identity.
	ErrNoSuchUser = operator.ErrNoSuchUser
	// ErrAmbiguous: more than one user matches, so nothing was done. Write "id:…" or "ref:…".
	ErrAmbiguous = operator.ErrAmbiguous
	// ErrUserWithdrawn: the user has withdrawn and can no longer be changed.
	ErrUserWithdrawn = operator.ErrWithdrawn
	// ErrNoReason: Export, Merge and SkipEvent need [Actor].Reason.
	ErrNoReason = operator.ErrNoReason
	// ErrNoSession: no session has that id, or it has ended.
	ErrNoSession = operator.ErrNoSession
	// ErrBatch: a batch has no selector, or more than 100.
	ErrBatch = operator.ErrBatch
	// ErrEmail: the text cannot be an e-mail address.
	ErrEmail = operator.ErrEmail
	// ErrInvalidRef: a ref has 1 to 255 bytes of UTF-8 without NUL or U+FFFD, with which decoders replace what they
	// cannot read, so that different refs become one.
	ErrInvalidRef = account.ErrInvalidRef
	// ErrRefTaken: the ref belongs to another user.
	ErrRefTaken = account.ErrRefTaken
	// ErrInvalidMeta: the patch is not a JSON object or null in UTF-8, has a duplicate member or NUL, or is nested too
	// deep.
	ErrInvalidMeta = account.ErrInvalidMeta
	// ErrMetaTooLarge: meta would be longer than 4096 bytes.
	ErrMetaTooLarge = account.ErrMetaTooLarge
	// ErrNotMergeable: the two accounts are not both active, are the same, or have more than 20 identities together.
	ErrNotMergeable = linking.ErrNotMergeable
	// ErrRefConflict: both accounts have a ref. Remove one first.
	ErrRefConflict = linking.ErrRefConflict
	// ErrLimit: a page has 1 to 500 rows.
	ErrLimit = fmt.Errorf("norang: limit must be 1 to %d, or 0 for %d", operator.MaxPage, defaultPage)
	// ErrAfter: After is not the Next of a page, or the position of a consent is negative.
	ErrAfter = operator.ErrAfter
	// ErrStatus: UserFilter.Status is not a UserStatus.
	ErrStatus = operator.ErrStatus
	// ErrActor: the account of an actor has 1 to 64 letters, digits or . _ - @, the reason at most 500 bytes of UTF-8.
	ErrActor = errors.New("norang: invalid actor: Account must have at most 64 letters, digits or . _ - @, and Reason " +
		"at most 500 bytes of UTF-8")
)

// defaultPage is how many rows a page has without a limit.
const defaultPage = 100

// actorName matches the accounts that the norang command takes too.
var actorName = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,64}$`)

// Actor is the operator who administers users. Every call of [Users] writes an access record that names it, as Korean
// law requires for the handling of personal data. The command norang audit lists the records.
type Actor struct {
	// Account names the operator in the access record, as "operator:ACCOUNT": 1 to 64 letters, digits or . _ - @. Use
	// something that stays the same and is not reused, such as a staff number or User.ID. Default "app": the app itself
	// acts, without a human.
	Account string
	// Reason is why, in the operator's own words, at most 500 bytes. Export, Merge and SkipEvent require one, and blanks
	// are none.
	Reason string
	// Request is the operator's request; the access record keeps its client address and browser. Optional.
	Request *http.Request
}

// Users administers users from a back office, as the norang command does in a shell and the server API over HTTP. It
// does not check whether the caller is authorized: guard your handlers.
//
// Changes are seen by this process at once and by others within a second. Users are selected by text: "id:" and
// User.ID, "ref:" and the app's own number, "PROVIDER:SUBJECT" or "PROVIDER:NAMESPACE:SUBJECT" as in
// "kakao:3141592601" (see [Identity.Selector]), or a bare id or ref, whichever exists. With a ref from elsewhere write
// "ref:" before it.
// Nicknames are not selectors, because they repeat and change. A selector can fail with [ErrSelector], [ErrNoSuchUser]
// and [ErrAmbiguous].
type Users struct {
	svc   *Service
	actor Actor
}

// Users administers users with the app itself as the actor. Use [Users.As] for an operator.
func (s *Service) Users() *Users { return &Users{svc: s} }

// As returns Users for an operator. An invalid actor is reported by its calls, as [ErrActor].
func (u *Users) As(a Actor) *Users { return &Users{svc: u.svc, actor: a} }

// operate returns the use cases of the actor.
func (u *Users) operate() (*operator.Operator, error) {
	a := u.actor
	if a.Account == "" {
		a.Account = app.AppActor.ID
	}
	if !actorName.MatchString(a.Account) || len(a.Reason) > audit.MaxReason || !utf8.ValidString(a.Reason) {
		return nil, ErrActor
	}
	var client audit.Client
	if a.Request != nil {
		client.UserAgent = web.CleanAgent(a.Request.UserAgent())
		if address := u.svc.app.Web.Proxies.ClientAddr(a.Request); address.IsValid() {
			client.Address = address.String()
		}
	}
	return u.svc.app.Operate(audit.Operator(a.Account, a.Reason, client))
}

// selected is operate and the selector of a user.
func (u *Users) selected(who string) (*operator.Operator, operator.Selector, error) {
	sel, err := operator.ParseSelector(who)
	if err != nil {
		return nil, sel, err
	}
	use, err := u.operate()
	return use, sel, err
}

// page checks a limit.
func page(limit int) (int, error) {
	switch {
	case limit == 0:
		return defaultPage, nil
	case limit < 0 || limit > operator.MaxPage:
		return 0, fmt.Errorf("%w, got %d", ErrLimit, limit)
	}
	return limit, nil
}

// Get returns a user with all identities and the number of live sessions.
func (u *Users) Get(ctx context.Context, who string) (*Account, error) {
	use, sel, err := u.selected(who)
	if err != nil {
		return nil, err
	}
	found, err := use.Users.Get(ctx, sel)
	if err != nil {
		return nil, err
	}
	return newAccount(*found), nil
}

// Batch looks up 1 to 100 users in one query and returns a result for each selector, in the same order: nil where no
// user matches, or more than one. Sessions are not counted. [ErrBatch], [ErrSelector].
func (u *Users) Batch(ctx context.Context, who []string) ([]*Account, error) {
	sels := make([]operator.Selector, len(who))
	for i, text := range who {
		var err error
		if sels[i], err = operator.ParseSelector(text); err != nil {
			return nil, fmt.Errorf("%w, number %d", err, i+1)
		}
	}
	use, err := u.operate()
	if err != nil {
		return nil, err
	}
	found, err := use.Users.Batch(ctx, sels)
	if err != nil {
		return nil, err
	}
	out := make([]*Account, len(found))
	for i, f := range found {
		if f.User != nil {
			out[i] = newAccount(*f.User)
		}
	}
	return out, nil
}

// List returns a page of users with all identities, the newest first. It takes the same time for any number of users.
// Sessions are not counted. [ErrLimit], [ErrStatus], [ErrAfter].
func (u *Users) List(ctx context.Context, f UserFilter) (*UserPage, error) {
	limit, err := page(f.Limit)
	if err != nil {
		return nil, err
	}
	status, err := operator.ParseStatus(string(f.Status))
	if err != nil {
		return nil, err
	}
	after, err := operator.ParseCursor(f.After)
	if err != nil {
		return nil, err
	}
	use, err := u.operate()
	if err != nil {
		return nil, err
	}
	found, more, err := use.Users.List(ctx, operator.Filter{
		Status: status, After: after, Limit: limit, Identities: true,
	}, operator.Revealed)
	if err != nil {
		return nil, err
	}
	return newUserPage(found, more), nil
}

// ByEmail returns a page of the users with an identity that has exactly this address, verified or not, in order of
// their ids: addresses repeat, so never take the first for the right one. The address is not kept in the access
// record. [ErrEmail], [ErrLimit], [ErrAfter].
func (u *Users) ByEmail(ctx context.Context, email string, f PageFilter) (*UserPage, error) {
	limit, err := page(f.Limit)
	if err != nil {
		return nil, err
	}
	after, err := operator.ParseCursor(f.After)
	if err != nil {
		return nil, err
	}
	use, err := u.operate()
	if err != nil {
		return nil, err
	}
	found, more, err := use.Users.ByEmail(ctx, operator.EmailFilter{Email: email, After: after, Limit: limit})
	if err != nil {
		return nil, err
	}
	return newUserPage(found, more), nil
}

// Update sets the app's ref and merges a patch into meta in one transaction, and returns the user after it. It emits
// [UserUpdated] if anything changes. [ErrInvalidRef], [ErrRefTaken], [ErrInvalidMeta], [ErrMetaTooLarge],
// [ErrUserWithdrawn].
func (u *Users) Update(ctx context.Context, who string, c UserChange) (*Account, error) {
	use, sel, err := u.selected(who)
	if err != nil {
		return nil, err
	}
	after, err := use.Accounts.Update(ctx, sel, c.Ref, c.Meta)
	if err != nil {
		return nil, err
	}
	return newAccount(operator.User{User: *after}), nil
}

// SetRef sets the app's own number of a user, "" to remove it; see [Users.Update].
func (u *Users) SetRef(ctx context.Context, who, ref string) error {
	_, err := u.Update(ctx, who, UserChange{Ref: &ref})
	return err
}

// Disable ends all sessions of a user and refuses further sign-ins until [Users.Enable]. Repeating it changes nothing.
// [ErrUserWithdrawn].
func (u *Users) Disable(ctx context.Context, who string) error {
	use, sel, err := u.selected(who)
	if err != nil {
		return err
	}
	_, err = use.Accounts.Disable(ctx, sel, operator.Apply)
	return err
}

// Enable lets a disabled user sign in again. [ErrUserWithdrawn].
func (u *Users) Enable(ctx context.Context, who string) error {
	use, sel, err := u.selected(who)
	if err != nil {
		return err
	}
	_, err = use.Accounts.Enable(ctx, sel, operator.Apply)
	return err
}

// Withdraw closes a user's account at once, without Config.WithdrawGrace: sessions, identities and profile are deleted
// in one transaction, and the unlink at the provider is queued and retried until it succeeds. It cannot be undone.
func (u *Users) Withdraw(ctx context.Context, who string) error {
	use, sel, err := u.selected(who)
	if err != nil {
		return err
	}
	_, err = use.Accounts.Withdraw(ctx, sel, operator.Apply)
	return err
}

// Merge merges the account lose into keep: identities, ref and consents move, and lose is deleted. The actor vouches,
// with a Reason, that both belong to one person. [ErrNoReason], [ErrNotMergeable], [ErrRefConflict].
func (u *Users) Merge(ctx context.Context, keep, lose string) error {
	use, kept, err := u.selected(keep)
	if err != nil {
		return err
	}
	lost, err := operator.ParseSelector(lose)
	if err != nil {
		return err
	}
	_, _, err = use.Linking.Merge(ctx, kept, lost, operator.Apply)
	return err
}

// LinkTicket returns an address that links an account at a provider to the app's user ref: a browser that opens it and
// signs in becomes that user. It works once, for ten minutes. Give it only to a user who is signed in to the app as
// ref. [ErrInvalidRef].
func (u *Users) LinkTicket(ctx context.Context, ref string) (LinkTicket, error) {
	use, err := u.operate()
	if err != nil {
		return LinkTicket{}, err
	}
	code, expires, err := use.Linking.IssueTicket(ctx, ref)
	if err != nil {
		return LinkTicket{}, err
	}
	site := u.svc.app.Web.Site
	return LinkTicket{URL: site.Origin() + site.Path("link/") + code.Reveal(), ExpiresAt: expires}, nil
}

// Sessions returns a user's live sessions, the last used first, at most 500.
func (u *Users) Sessions(ctx context.Context, who string) ([]SessionInfo, error) {
	use, sel, err := u.selected(who)
	if err != nil {
		return nil, err
	}
	_, found, err := use.Sessions.Of(ctx, sel)
	if err != nil {
		return nil, err
	}
	out := make([]SessionInfo, len(found))
	for i, s := range found {
		out[i] = newSessionInfo(s)
	}
	return out, nil
}

// RevokeSession ends one session by SessionInfo.ID. [ErrNoSession].
func (u *Users) RevokeSession(ctx context.Context, id string) error {
	use, err := u.operate()
	if err != nil {
		return err
	}
	_, err = use.Sessions.Revoke(ctx, id, operator.Apply)
	return err
}

// RevokeSessions signs a user out on all devices and returns how many sessions ended. The user may sign in again.
func (u *Users) RevokeSessions(ctx context.Context, who string) (int, error) {
	use, sel, err := u.selected(who)
	if err != nil {
		return 0, err
	}
	_, n, err := use.Sessions.RevokeAllOf(ctx, sel, operator.Apply)
	return n, err
}

// Consents returns a page of a user's consent ledger, the oldest first, and whether there is more: the last line about
// a term or consent item is in force. after is ConsentLine.ID of the last line read, 0 for the beginning. limit is 1 to
// 200, 0 for 100. [ErrLimit].
func (u *Users) Consents(
	ctx context.Context, who string, after int64, limit int,
) (list []ConsentLine, more bool, err error) {
	if limit == 0 {
		limit = defaultPage
	}
	if limit < 0 || limit > operator.MaxConsents {
		return nil, false, fmt.Errorf("%w; of consents at most %d", ErrLimit, operator.MaxConsents)
	}
	if after < 0 {
		return nil, false, ErrAfter
	}
	use, sel, err := u.selected(who)
	if err != nil {
		return nil, false, err
	}
	_, found, more, err := use.Exports.Consents(ctx, sel, after, limit)
	if err != nil {
		return nil, false, err
	}
	for _, l := range found {
		list = append(list, newConsentLine(l))
	}
	return list, more, nil
}

// Export writes everything stored about a user as JSON, in the form that users get from their account page. It needs
// [Actor].Reason: [ErrNoReason]. After an error w may hold a part of it.
func (u *Users) Export(ctx context.Context, who string, w io.Writer) error {
	if w == nil {
		return errNil("Export", "w")
	}
	use, sel, err := u.selected(who)
	if err != nil {
		return err
	}
	return use.Exports.Write(ctx, sel, w)
}

// Follow calls handle for each event after a cursor, the oldest first, waits for further ones, and goes on until ctx
// ends or handle returns an error. It returns the position of the last event that handle accepted, and that error or
// the one of ctx. Cursor 0 is the oldest kept event. [ErrCursor], or the store's errors.
//
// Store Event.Position in the transaction in which handle changes your data, and start with it again: every event is
// then handled at least once, and none is left out. One reader with a cursor suffices; replicas that share a cursor
// have to take turns. Each page of events that is read leaves an access record.
func (s *Service) Follow(
	ctx context.Context, cursor int64, handle func(ctx context.Context, e Event) error,
) (position int64, err error) {
	if handle == nil {
		return cursor, errNil("Follow", "handle")
	}
	use, err := s.Users().operate()
	if err != nil {
		return cursor, err
	}
	next := cursor
	for ctx.Err() == nil {
		found, after, err := use.Events.After(ctx, next, operator.MaxEvents, followWait)
		if err != nil {
			return cursor, errors.Join(err, ctx.Err())
		}
		for _, e := range found {
			if ctx.Err() != nil {
				return cursor, ctx.Err()
			}
			if err := handle(ctx, newEvent(e)); err != nil {
				return cursor, err
			}
			cursor = e.Position
		}
		next = after
	}
	return cursor, ctx.Err()
}

// followWait is how long one look for events lasts.
const followWait = time.Minute

func newUserPage(found []operator.User, more bool) *UserPage {
	p := &UserPage{HasMore: more}
	for _, f := range found {
		p.Users = append(p.Users, *newAccount(f))
	}
	if more {
		p.Next = string(found[len(found)-1].ID)
	}
	return p
}
