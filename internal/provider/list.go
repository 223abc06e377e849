package provider

import "context"

// Lister is a provider that can list the users linked to this service.
type Lister interface {
	// LinkedAfter lists the subjects after cursor in the provider's own order, and the cursor of the next page: ""
	// for the first call, and "" back on the last page. Every error is an *[Error].
	LinkedAfter(ctx context.Context, cursor string) (subjects []string, next string, err error)
}
