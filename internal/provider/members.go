package provider

import (
	"context"
)

// Lister is a provider that can list whom it holds for linked to this service.
type Lister interface {
	// LinkedAfter lists subjects in the provider's own order: those after cursor, and the cursor of the next page, "" if
	// this is the last one. It begins with cursor "". Every error is an *[Error].
	LinkedAfter(ctx context.Context, cursor string) (subjects []string, next string, err error)
}
