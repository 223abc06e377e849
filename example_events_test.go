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

// An app that stores data of users reads the events and stores the cursor with its own changes.
func ExampleService_Events() {
	dir, err := os.MkdirTemp("", "norang-example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	svc, err := norang.New(norang.Config{
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
	defer svc.Close()

	ctx, cursor := context.Background(), int64(0) // from the app's own table
	for {
		events, next, err := svc.Events(ctx, cursor, 100)
		if errors.Is(err, norang.ErrCursor) {
			cursor = 0 // compare all data: events were missed
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		if len(events) == 0 {
			break // try again later
		}
		for _, e := range events {
			switch e.Kind {
			case norang.UserWithdrawn, norang.UserPurged:
				fmt.Println("delete the data of", e.UserID)
			case norang.SessionRevoked:
				fmt.Println("close the connections of session", e.About)
			}
		}
		cursor = next // in the transaction of the changes
	}
	fmt.Println("no events after", cursor)
	// Output: no events after 0
}
