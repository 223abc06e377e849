package norang_test

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/norang-login/norang"
)

// A page of coupons that needs the birthday, which is not requested at sign-in. A user who declines sees other coupons.
func ExampleService_RequireConsent() {
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
			Scopes:    []string{"birthday"}, // what may be asked for besides; switched on in Kakao's console
		},
		Database: filepath.Join(dir, "norang.db"),
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer svc.Close()

	birthday := norang.Consent{Scope: "birthday", FeatureKo: "생일 쿠폰", FeatureEn: "Birthday coupons"}
	app := http.NewServeMux()
	app.Handle("GET /coupons", svc.RequireConsent(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !svc.HasConsent(r.Context(), birthday) { // the user was asked and declined
			fmt.Fprint(w, "general coupons")
			return
		}
		fmt.Fprint(w, "birthday coupons")
	}), birthday))

	r := httptest.NewRequest("GET", "https://www.example.com/coupons", nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	svc.Wrap(app).ServeHTTP(w, r)
	fmt.Println(
		w.Code,
		w.Header().Get("Location"),
	) // a user would be asked for the birthday; without a session they sign in first
	// Output:
	// 303 /auth/login?return_to=%2Fcoupons
}
