package kakao

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestRefreshKeepsTheOldRefreshTokenUnlessReplaced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file    string
		refresh Secret
		rotated bool
	}{
		{"token_refresh.json", "R1", false},
		{"token_refresh_rotated.json", "R2-refresh-token-of-our-own-making", true},
	} {
		s := load(t, tt.file)
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			r.ParseForm()
			want := "client_id=rest-key&client_secret=the-client-secret&grant_type=refresh_token&refresh_token=R1"
			if r.PostForm.Encode() != want {
				t.Errorf("sent %v", r.PostForm)
			}
			answer(w, s.status, s.body)
		})
		tok, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1", Subject: "3141592653589"})
		if err != nil || tok.RefreshToken != tt.refresh || tok.Rotated != tt.rotated ||
			tok.AccessToken != "A2-access-token-of-our-own-making" {
			t.Errorf("%s: %s %v %v", tt.file, tok.RefreshToken.Reveal(), tok, err)
		}
		if tok.RefreshTokenExpiresAt.IsZero() == tt.rotated {
			t.Errorf("%s: expires at %v", tt.file, tok.RefreshTokenExpiresAt)
		}
	}
}

func TestConcurrentRefreshesShareOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		c := newRoundTripClient(t, func(r *http.Request) (*http.Response, error) {
			requests.Add(1)
			time.Sleep(time.Second)
			return jsonResponse(`{"access_token":"A2","token_type":"bearer","expires_in":21599,` +
				`"refresh_token":"R2","refresh_token_expires_in":5183999}`), nil
		})
		var wg sync.WaitGroup
		tokens := make([]*Token, 50)
		for i := range tokens {
			wg.Go(func() {
				tok, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1"})
				if err != nil || tok.RefreshToken != "R2" {
					t.Errorf("%v, %v", tok, err)
				}
				tokens[i] = tok
			})
		}
		wg.Go(func() { c.Refresh(t.Context(), RefreshRequest{RefreshToken: "another"}) })
		wg.Wait()
		if requests.Load() != 2 {
			t.Errorf("%d requests", requests.Load())
		}
		if tokens[0] == tokens[1] {
			t.Error("callers share a Token")
		}
		if c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1"}); requests.Load() != 3 {
			t.Error("a later refresh made no request")
		}
	})
}

// The refresh continues after the first caller has given up: otherwise the new refresh token would be lost.
func TestRefreshContinuesWithoutItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		c := newRoundTripClient(t, func(r *http.Request) (*http.Response, error) {
			requests++
			select {
			case <-r.Context().Done():
				return nil, r.Context().Err()
			case <-time.After(time.Second):
			}
			return jsonResponse(
				`{"access_token":"A2","token_type":"bearer","expires_in":21599,"refresh_token":"R2"}`,
			), nil
		})
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		first := make(chan error)
		go func() {
			_, err := c.Refresh(short, RefreshRequest{RefreshToken: "R1"})
			first <- err
		}()
		synctest.Wait()
		tok, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1"})
		if err != nil || tok.RefreshToken != "R2" || requests != 1 {
			t.Errorf("%v, %v, %d requests", tok, err, requests)
		}
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("first caller: %v", err)
		}
	})
}

// refreshAnswering adds a token endpoint that returns the ID token.
func refreshAnswering(t *testing.T, is *issuer, raw func() Secret) {
	is.mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, `{"access_token":"A2","token_type":"bearer","expires_in":21599,"refresh_token":"R2",`+
			`"id_token":"`+raw().Reveal()+`"}`)
	})
}

func TestCI12_RefreshResponseWithAnotherUser(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	var raw Secret
	refreshAnswering(t, is, func() Secret { return raw })
	for name, tt := range map[string]struct {
		change map[string]any
		ok     bool
	}{
		"same user":    {nil, true},
		"no nonce":     {map[string]any{"nonce": nil}, true},
		"other sub":    {map[string]any{"sub": "2718281828459"}, false},
		"other issuer": {map[string]any{"iss": "https://kauth.example"}, false},
		"other app":    {map[string]any{"aud": "another-apps-key"}, false},
	} {
		raw = k.token(is.goodClaims(tt.change))
		tok, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1", Subject: "3141592653589"})
		if (err == nil) != tt.ok || (tok != nil) != tt.ok {
			t.Errorf("%s: %v, %v", name, tok, err)
		}
		if tt.ok && tok.IDToken != raw {
			t.Errorf("%s: no ID token", name)
		}
	}
	raw = signer{"k1", signers()[3].key}.token(is.goodClaims(nil))
	if tok, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1", Subject: "3141592653589"}); err == nil {
		t.Errorf("forged: %v", tok)
	}
}

// The new tokens must not be lost because the ID token cannot be verified.
func TestRefreshWithoutKeysDropsTheIDToken(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	is.setFail(true)
	refreshAnswering(t, is, func() Secret { return k.token(is.goodClaims(nil)) })
	tok, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1"})
	if err != nil || tok.RefreshToken != "R2" || tok.IDToken != "" {
		t.Errorf("%v, %v", tok, err)
	}
}

func TestRefreshWithoutKeysRejectsAnotherUser(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	is.setFail(true)
	refreshAnswering(t, is, func() Secret { return k.token(is.goodClaims(map[string]any{"sub": "2718281828459"})) })
	if tok, err := c.Refresh(
		t.Context(), RefreshRequest{RefreshToken: "R1", Subject: "3141592653589"},
	); !errors.Is(err, ErrForeignToken) {
		t.Errorf("%v, %v", tok, err)
	}
}

func TestExchangeWithoutCodeVerifier(t *testing.T) {
	t.Parallel()
	s := load(t, "token.json")
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm(); r.PostForm.Has("code_verifier") {
			t.Error("a verifier was sent")
		}
		answer(w, s.status, s.body)
	})
	if _, err := c.Exchange(
		t.Context(), ExchangeRequest{Code: "c", RedirectURI: "https://svc.example/cb", SkipCodeVerifier: true},
	); err != nil {
		t.Error(err)
	}
	both := goodExchange
	both.SkipCodeVerifier = true
	if _, err := c.Exchange(t.Context(), both); !errors.Is(err, ErrInvalidInput) {
		t.Errorf("both: %v", err)
	}
}

func TestCI11_MalformedTokenResponse(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{"access_token":"A","token_type":"bearer","expires_in":21599,` +
			`"refresh_token":"R","refresh_token_expires_in":5183999}`: true,
		`{"access_token":"A","token_type":"BEARER","expires_in":21599,"refresh_token":"R"}`:                    true,
		`{"token_type":"bearer","expires_in":21599,"refresh_token":"R"}`:                                       false,
		`{"access_token":"","token_type":"bearer","expires_in":21599,"refresh_token":"R"}`:                     false,
		`{"access_token":"A","token_type":"mac","expires_in":21599,"refresh_token":"R"}`:                       false,
		`{"access_token":"A","expires_in":21599,"refresh_token":"R"}`:                                          false,
		`{"access_token":"A","token_type":"bearer","refresh_token":"R"}`:                                       false,
		`{"access_token":"A","token_type":"bearer","expires_in":0,"refresh_token":"R"}`:                        false,
		`{"access_token":"A","token_type":"bearer","expires_in":-1,"refresh_token":"R"}`:                       false,
		`{"access_token":"A","token_type":"bearer","expires_in":"21599","refresh_token":"R"}`:                  true,
		`{"access_token":"A","token_type":"bearer","expires_in":21599.0,"refresh_token":"R","scope":[]}`:       true,
		`{"access_token":"A","token_type":"bearer","expires_in":"soon","refresh_token":"R"}`:                   false,
		`{"access_token":["A"],"token_type":"bearer","expires_in":21599,"refresh_token":"R"}`:                  false,
		`{"access_token":"A","token_type":"bearer","expires_in":21599,"refresh_token":"R","id_token":7}`:       false,
		`{"access_token":"A","token_type":"bearer","expires_in":21599}`:                                        false,
		`{"access_token":"A B","token_type":"bearer","expires_in":21599,"refresh_token":"R"}`:                  false,
		`{"access_token":"A","token_type":"bearer","expires_in":21599,"refresh_token":"R\r\nX: y"}`:            false,
		`{"access_token":"A","access_token":"B","token_type":"bearer","expires_in":21599,"refresh_token":"R"}`: false,
		`{"Access_Token":"A","token_type":"bearer","expires_in":21599,"refresh_token":"R"}`:                    false,
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		tok, err := c.Exchange(t.Context(), goodExchange)
		if (err == nil) != ok || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", body, tok, err)
		}
	}
}

func TestExchangeWithDropTokensNeedsNoLifetime(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{"access_token":"A","token_type":"bearer","expires_in":21599}`:                                              true,
		`{"access_token":"A","token_type":"bearer","expires_in":{},"refresh_token":null,"scope":7}`:                  true,
		`{"access_token":"A","token_type":"bearer","refresh_token":"","refresh_token_expires_in":"5183999 seconds"}`: true,
		`{"token_type":"bearer","expires_in":21599}`:                                                                 false,
		`{"access_token":"A","token_type":"bearer","refresh_token":["R"]}`:                                           false,
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, http.StatusCreated, body) })
		req := goodExchange
		req.DropTokens = true
		tok, err := c.Exchange(t.Context(), req)
		if (err == nil) != ok || ok && tok.AccessToken.Reveal() != "A" || ok && tok.Scope != nil {
			t.Errorf("%s: %+v, %v", body, tok, err)
		}
	}
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, `{"access_token":"A","token_type":"bearer","refresh_token":"R2"}`)
	})
	if _, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1"}); !errors.Is(err, ErrMalformed) {
		t.Errorf("refresh without expires_in: %v", err)
	}
}

func TestTokenTimes(t *testing.T) {
	t.Parallel()
	s := load(t, "token.json")
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, s.status, s.body) },
		func(cfg *Config) { cfg.Now = func() time.Time { return testTime } })
	tok, err := c.Exchange(t.Context(), goodExchange)
	if err != nil || !tok.ExpiresAt.Equal(testTime.Add(21599*time.Second)) ||
		!tok.RefreshTokenExpiresAt.Equal(testTime.Add(5183999*time.Second)) {
		t.Errorf("%+v, %v", tok, err)
	}
	for _, file := range []string{"token_openid.json", "token_minimal.json"} {
		s, minimal := load(t, file), file == "token_minimal.json"
		tok, err := decodeToken([]byte(s.body), testTime)
		if err != nil || (tok.Scope == nil) != minimal || (tok.IDToken == "") != minimal {
			t.Errorf("%s: %+v, %v", file, tok, err)
		}
	}
}
