package norang_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao"
)

// A small service: a public home page that greets users, and pages for signed-in users only.
func Example() {
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

	app := http.NewServeMux()
	app.Handle("GET /{$}", svc.Optional(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, ok := norang.UserFrom(r.Context()); ok {
			fmt.Fprintf(w, "hello, %s", user.Nickname)
			return
		}
		fmt.Fprint(w, "hello, guest")
	})))
	app.Handle("GET /my/", svc.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := norang.UserFrom(r.Context())
		fmt.Fprintf(w, "orders of %s", user.ID)
	})))
	handler := svc.Wrap(app) // norang's own addresses, everything else goes to app

	get := func(path, accept string) {
		r := httptest.NewRequest("GET", "https://www.example.com"+path, nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		answer := w.Body.String()
		switch w.Code {
		case http.StatusSeeOther:
			answer = "to " + w.Header().Get("Location")
		case http.StatusUnauthorized:
			answer = "as " + w.Header().Get("Content-Type")
		}
		fmt.Printf("%s: %d %s\n", path, w.Code, answer)
	}
	get("/", "text/html")
	get("/my/orders", "text/html")        // a navigation is redirected to the sign-in page
	get("/my/orders", "application/json") // any other request gets a problem body
	get("/auth/session", "application/json")
	// Output:
	// /: 200 hello, guest
	// /my/orders: 303 to /auth/login?return_to=%2Fmy%2Forders
	// /my/orders: 401 as application/problem+json
	// /auth/session: 200 {"signed_in":false,"login_url":"/auth/login"}
}

// A service that acts at Kakao for its members asks for a token whenever it needs one, and sends people to sign in
// where there is none.
func ExampleService_UseKakaoToken() {
	dir, err := os.MkdirTemp("", "norang-example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	svc, err := norang.New(norang.Config{
		URL:             "https://www.example.com",
		KeepKakaoTokens: "session",
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
	client, err := kakao.New(kakao.Config{ClientID: "0123456789abcdef0123456789abcdef"})
	if err != nil {
		log.Fatal(err)
	}

	userID := "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e" // from norang.UserFrom(r.Context())
	err = svc.UseKakaoToken(context.Background(), userID, func(ctx context.Context, token kakao.Secret) error {
		me, err := client.UserMe(ctx, token, kakao.UserMeOptions{})
		if err != nil {
			return err // norang reads the error: it refreshes the token, or learns that the link has ended
		}
		fmt.Println("connected at", me.ConnectedAt)
		return nil
	})
	switch {
	case errors.Is(err, norang.ErrNoKakaoToken):
		fmt.Println("please sign in with Kakao again")
	case errors.Is(err, norang.ErrKakaoAway):
		fmt.Println("Kakao does not answer, please try again later")
	}
	// Output: please sign in with Kakao again
}
