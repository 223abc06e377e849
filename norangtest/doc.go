// Package norangtest tests handlers of a service that uses package norang.
//
// [SignIn] signs a user in through Kakao's emulator, in one line and without a browser or a port of the service:
//
//	svc := norangtest.New(t, norang.Config{})
//	res, err := norangtest.SignIn(t, svc, kakaotest.PersonaRyan).Client(svc.Wrap(app)).Get("/my/orders")
//
// [WithUser] puts a user into the context of a single handler, for tests that need no sign-in and no service:
//
//	r = r.WithContext(norangtest.WithUser(r.Context(), norang.User{ID: "01932b1c-…", Nickname: "라이언"}))
//
// docs/testing.md has both as complete tests. The package is for tests only: it imports package testing.
package norangtest
