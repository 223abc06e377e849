package norangtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/norangtest"
)

// orders is the handler under test.
func orders(w http.ResponseWriter, r *http.Request) {
	user, ok := norang.UserFrom(r.Context())
	if !ok {
		http.Error(w, "orders needs norang.Service.Require", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "orders of %s", user.Nickname)
}

func TestOrdersOfASignedInUser(t *testing.T) {
	svc := norangtest.New(t, norang.Config{})
	app := http.NewServeMux()
	app.Handle("/my/orders", svc.Require(http.HandlerFunc(orders)))

	ryan := norangtest.SignIn(t, svc, kakaotest.PersonaRyan)
	res, err := ryan.Client(svc.Wrap(app)).Get("/my/orders")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); string(body) != "orders of 라이언" {
		t.Errorf("%s: %s", res.Status, body)
	}
}

// A handler alone, without a service, a database or a sign-in.
func ExampleWithUser() {
	r := httptest.NewRequest("GET", "/my/orders", nil)
	r = r.WithContext(norangtest.WithUser(r.Context(), norang.User{
		ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", Nickname: "라이언", Email: "ryan@example.com",
	}))
	w := httptest.NewRecorder()
	orders(w, r)
	fmt.Println(w.Body)

	_, ok := norang.UserFrom(context.Background())
	fmt.Println("a user without WithUser:", ok)
	// Output:
	// orders of 라이언
	// a user without WithUser: false
}
