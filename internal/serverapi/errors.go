package serverapi

import (
	"errors"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/returnurl"
)

// problems says what the errors of the use cases mean to a caller.
var problems = []struct {
	err    error
	code   problem.Code
	reason string
}{
	{operator.ErrNotRecorded, problem.StoreUnavailable, ""},
	{operator.ErrNoSuchUser, problem.APINoUser, ""},
	{operator.ErrAmbiguous, problem.APIAmbiguous, ""},
	{operator.ErrWithdrawn, problem.APIWithdrawn, ""},
	{operator.ErrNoSession, problem.APINoSession, ""},
	{operator.ErrNoReason, problem.RequestBad, "reason must not be empty"},
	{operator.ErrBatch, problem.RequestBad, "keys must have 1 to 100 items"},
	{operator.ErrEmail, problem.RequestBad, "email is not an e-mail address"},
	{account.ErrNotFound, problem.APINoUser, ""},
	{account.ErrRefTaken, problem.APIRefTaken, ""},
	{account.ErrInvalidRef, problem.RequestBad, "ref must be 1 to 255 bytes of UTF-8 without NUL or U+FFFD"},
	{account.ErrInvalidMeta, problem.RequestBad,
		"meta must be a JSON object or null, without duplicate members or NUL, nested at most 32 deep"},
	{account.ErrMetaTooLarge, problem.RequestBad, "meta would be longer than 4096 bytes"},
	{linking.ErrNotMergeable, problem.APINotMergeable, ""},
	{linking.ErrRefConflict, problem.APINotMergeable, "both accounts have a ref: remove one first"},
	{returnurl.ErrPreviewOrigin, problem.RequestBad,
		"origin must be one exact https origin, without wildcard, path or user: https://pr-7-shop.vercel.app"},
	{returnurl.ErrPreviewSuffix, problem.RequestBad, "origin is a public suffix, below which anyone can have a name"},
	{returnurl.ErrPreviewKnown, problem.RequestBad, "origin is the service's own or configured already"},
	{returnurl.ErrPreviewLife, problem.RequestBad, "days must be a number from 1 to 30"},
	{returnurl.ErrPreviews, problem.APIOrigins, ""},
	{returnurl.ErrNoPreview, problem.APINoOrigin, ""},
	{events.ErrCursor, problem.APICursor, ""},
	{events.ErrNone, problem.APINoEvent, ""},
	{events.ErrNotHeld, problem.APIEventNotHeld, ""},
	{providertoken.ErrOff, problem.GrantOff, ""},
	{providertoken.ErrNone, problem.GrantNone, ""},
	{providertoken.ErrUnavailable, problem.ProviderUnavailable, ""},
}

// problemOf turns an error of a use case into a problem.
func problemOf(err error) error {
	if known := (*problem.Error)(nil); err == nil || errors.As(err, &known) {
		return err
	}
	for _, p := range problems {
		if errors.Is(err, p.err) {
			return &problem.Error{Code: p.code, Err: err, Reason: p.reason}
		}
	}
	return problem.Wrap(problem.StoreUnavailable, err)
}
