package kakao

import (
	"context"
	"errors"
	"strconv"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

var _ provider.Lister = (*Provider)(nil)

// LinkedAfter asks by admin key, a hundred people a call. Kakao allows a hundred calls a minute.
func (k *Provider) LinkedAfter(ctx context.Context, cursor string) ([]string, string, error) {
	r := kakao.UserIDsRequest{Limit: 100}
	if cursor != "" {
		id, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil {
			return nil, "", &provider.Error{Kind: provider.Misconfigured, Err: errors.New("cursor is no number")}
		}
		r.FromID = id
	}
	page, err := k.client.UserIDs(ctx, r)
	switch {
	case errors.Is(err, kakao.ErrInvalidInput): // no admin key
		return nil, "", &provider.Error{Kind: provider.Misconfigured, Err: err}
	case err != nil:
		return nil, "", failure(err)
	}
	subjects := make([]string, len(page.IDs))
	for i, id := range page.IDs {
		subjects[i] = strconv.FormatInt(id, 10)
	}
	// A page that leads to itself is the last one; so says nobody, and a list that never ends would be worse.
	if page.Next == nil || page.Next.FromID <= r.FromID {
		return subjects, "", nil
	}
	return subjects, strconv.FormatInt(page.Next.FromID, 10), nil
}
