package kakao

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

var _ provider.Lister = (*Provider)(nil)

// LinkedAfter asks with the admin key for 100 users at a time. Kakao allows 100 calls a minute.
func (k *Provider) LinkedAfter(ctx context.Context, cursor string) ([]string, string, error) {
	r := kakao.UserIDsRequest{Limit: 100}
	if cursor != "" {
		id, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil {
			return nil, "", newError(provider.Misconfigured, fmt.Errorf("cursor %q is not a number", cursor))
		}
		r.FromID = id
	}
	page, err := k.client.UserIDs(ctx, r)
	switch {
	case errors.Is(err, kakao.ErrInvalidInput): // no admin key
		return nil, "", newError(provider.Misconfigured, err)
	case err != nil:
		return nil, "", failure(err)
	}
	subjects := make([]string, len(page.IDs))
	for i, id := range page.IDs {
		subjects[i] = strconv.FormatInt(id, 10)
	}
	// A page that leads to itself would never end.
	if page.Next == nil || page.Next.FromID <= r.FromID {
		return subjects, "", nil
	}
	return subjects, strconv.FormatInt(page.Next.FromID, 10), nil
}
