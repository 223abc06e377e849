package norang_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/norang-login/norang"
)

// startExample starts a service with an empty database.
func startExample() (svc *norang.Service, stop func()) {
	dir, err := os.MkdirTemp("", "norang-example")
	if err != nil {
		log.Fatal(err)
	}
	svc, err = norang.New(norang.Config{
		URL: "https://www.example.com",
		Kakao: norang.Kakao{
			ClientID: "0123456789abcdef0123456789abcdef", ClientSecret: "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", AppID: 123456,
			AdminKeys: []string{"fedcba9876543210fedcba9876543210"},
		},
		Database: filepath.Join(dir, "norang.db"),
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		log.Fatal(err)
	}
	return svc, func() { _ = errors.Join(svc.Close(), os.RemoveAll(dir)) }
}

// An operator signs a user out on all devices and disables them, by the app's own number of the user.
func ExampleService_Users() {
	svc, stop := startExample()
	defer stop()
	ctx := context.Background()

	users := svc.Users().As(norang.Actor{Account: "kim@example.com", Reason: "three reports"})
	_, err := users.RevokeSessions(ctx, "ref:10482")
	if err == nil {
		err = users.Disable(ctx, "ref:10482")
	}
	if errors.Is(err, norang.ErrNoSuchUser) {
		fmt.Println("there is no user 10482")
	}

	list, err := users.List(ctx, norang.UserFilter{Status: norang.StatusDisabled, Limit: 50})
	if err != nil {
		log.Fatal(err)
	}
	for _, u := range list.Users {
		fmt.Println(u.ID, u.Ref, u.Status)
	}
	fmt.Println("further pages:", list.HasMore)
	// Output:
	// there is no user 10482
	// further pages: false
}

// A shop keeps its own table of users up to date. The cursor is stored in the transaction of each change, so that a
// restart goes on where the last one stopped.
func ExampleService_Follow() {
	svc, stop := startExample()
	defer stop()
	ctx, end := context.WithCancel(context.Background())
	end() // so that the example ends; a service passes the context of its run

	cursor := int64(0) // read from the shop's database
	_, err := svc.Follow(ctx, cursor, func(ctx context.Context, e norang.Event) error {
		switch e.Kind {
		case norang.UserWithdrawn, norang.UserPurged:
			fmt.Println("delete the user's orders and store cursor", e.Position)
		case norang.UserUpdated:
			fmt.Println("read the user again and store cursor", e.Position)
		}
		return nil // an error would stop here; the next Follow gets this event again
	})
	fmt.Println(err)
	// Output: context canceled
}
