// Command goclient uses a client that a test generates from docs/openapi.json into this package. It is compiled only.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"

	_ "github.com/oapi-codegen/runtime" // for the generated file
)

func bearer(key string) ClientOption {
	return WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+key)
		return nil
	})
}

func main() {
	if err := run(context.Background(), "https://login.example.com/auth/api/v1", "nrg_k_example"); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address, key string) error {
	api, err := NewClientWithResponses(address, bearer(key))
	if err != nil {
		return err
	}
	batch, err := api.BatchUsersWithResponse(ctx, BatchRequest{Keys: []string{"ref:10482", "kakao:4012345678"}})
	if err != nil {
		return err
	}
	if batch.ApplicationproblemJSON4XX != nil {
		return fmt.Errorf("batch: %s", batch.ApplicationproblemJSON4XX.Code)
	}
	for _, result := range batch.JSON200.Results {
		var user *User = result.User // nil if there is none
		if user != nil && user.Nickname != nil {
			fmt.Println(user.Id, *user.Nickname)
		}
	}
	limit, status := 200, ListUsersParamsStatusActive
	page, err := api.ListUsersWithResponse(ctx, &ListUsersParams{Limit: &limit, Status: &status})
	if err != nil {
		return err
	}
	for page.JSON200 != nil && page.JSON200.Next != nil {
		if page, err = api.ListUsersWithResponse(ctx, &ListUsersParams{After: page.JSON200.Next}); err != nil {
			return err
		}
	}
	ref := "10482"
	changed, err := api.PatchUserWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, "kakao:4012345678",
		UserPatch{Ref: &ref})
	if err != nil || changed.JSON200 == nil {
		return err
	}
	once := "7b0ff6a3-8b0e-4f5e-9d5e-0d2c6f6a1b77"
	ticket, err := api.CreateLinkTicketWithResponse(ctx, &CreateLinkTicketParams{IdempotencyKey: &once},
		TicketRequest{Ref: ref})
	if err != nil || ticket.JSON200 == nil {
		return err
	}
	fmt.Println(ticket.JSON200.Url)
	ended, err := api.RevokeSessionWithResponse(ctx, changed.JSON200.Id, "8b0e4f5e-9d5e-4d2c-8f6a-1b777b0ff6a3")
	if err != nil {
		return err
	}
	fmt.Println(ended.StatusCode() == http.StatusNoContent)
	return nil
}
