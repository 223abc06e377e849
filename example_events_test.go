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

// An app that keeps something of its members reads what happened to them, and notes the cursor with what it did.
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

	cursor := int64(0) // from the app's own table
	for {
		events, next, err := svc.Events(context.Background(), cursor, 100)
		if errors.Is(err, norang.ErrCursor) {
			cursor = 0 // and compare everything: something was missed
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		if len(events) == 0 {
			break // ask again in a while
		}
		for _, e := range events {
			switch e.Kind {
			case norang.UserWithdrawn, norang.UserPurged:
				fmt.Println("delete what is kept of", e.UserID)
			case norang.SessionRevoked:
				fmt.Println("close the connections of session", e.About)
			}
		}
		cursor = next // in the same transaction as what was done
	}
	fmt.Println("nothing happened after", cursor)
	// Output: nothing happened after 0
}
