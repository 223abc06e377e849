package kakao_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/norang-login/norang/kakao"
)

// The benchmarks compare the CPU-bound parts of a sign-in with x/oauth2, go-oidc and encoding/json, which check less:
// they accept duplicate names, ignore case, and support one audience and no three-valued flags. docs/kakao-client.md
// has the results.
//
//	go test ./kakao -run '^$' -bench . -benchmem -count 6

func BenchmarkAuthorizeURL(b *testing.B) {
	scopes := []string{"account_email", "friends"}
	b.Run("kakao", func(b *testing.B) {
		c, err := kakao.New(kakao.Config{ClientID: "0123456789abcdef0123456789abcdef"})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			_, err := c.AuthorizeURL(kakao.AuthorizeRequest{
				RedirectURI:   "https://service.example/oauth/kakao/callback",
				State:         state,
				Nonce:         nonce,
				CodeChallenge: kakao.S256Challenge(verifier),
				Scope:         scopes,
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("x-oauth2", func(b *testing.B) {
		c := oauth2.Config{
			ClientID:    "0123456789abcdef0123456789abcdef",
			RedirectURL: "https://service.example/oauth/kakao/callback",
			Scopes:      append(scopes, "openid"),
			Endpoint:    oauth2.Endpoint{AuthURL: "https://kauth.kakao.com/oauth/authorize"},
		}
		b.ReportAllocs()
		for b.Loop() {
			challenge, nonce := oauth2.S256ChallengeOption(verifier.Reveal()), oauth2.SetAuthURLParam("nonce", nonce)
			if c.AuthCodeURL(state, challenge, nonce) == "" {
				b.Fatal("empty")
			}
		}
	})
}

func BenchmarkVerifyIDToken(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	raw := signedIDToken(b, key)
	encode := base64.RawURLEncoding.EncodeToString
	jwks := `{"keys":[{"kid":"k1","kty":"RSA","alg":"RS256","use":"sig","n":"` + encode(key.N.Bytes()) +
		`","e":"` + encode(big.NewInt(int64(key.E)).Bytes()) + `"}]}`
	client := &http.Client{Transport: canned(jwks)}

	b.Run("kakao", func(b *testing.B) {
		c, err := kakao.New(kakao.Config{ClientID: "rest-key", HTTPClient: client})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			id, err := c.VerifyIDToken(b.Context(), kakao.Secret(raw), kakao.IDTokenOptions{Nonce: nonce})
			if err != nil || id.Nickname != "라이언" {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-oidc", func(b *testing.B) {
		ctx := oidc.ClientContext(b.Context(), client)
		keys := oidc.NewRemoteKeySet(ctx, "https://kauth.kakao.com/.well-known/jwks.json")
		v := oidc.NewVerifier("https://kauth.kakao.com", keys,
			&oidc.Config{ClientID: "rest-key", SupportedSigningAlgs: []string{oidc.RS256}})
		b.ReportAllocs()
		for b.Loop() {
			id, err := v.Verify(ctx, raw)
			if err != nil || id.Nonce != nonce {
				b.Fatal(err)
			}
			var claims struct {
				Nickname, Picture, Email string
				AuthTime                 int64 `json:"auth_time"`
			}
			if err := id.Claims(&claims); err != nil || claims.Nickname != "라이언" {
				b.Fatal(err)
			}
		}
	})
}

func signedIDToken(b *testing.B, key *rsa.PrivateKey) string {
	now := time.Now().Unix()
	payload, err := json.Marshal(map[string]any{
		"iss": "https://kauth.kakao.com", "aud": "rest-key", "sub": "3141592653589",
		"iat": now, "exp": now + 21599, "auth_time": now, "nonce": nonce,
		"nickname": "라이언", "picture": "http://img.example/t.jpg", "email": "ryan@example.com",
	})
	if err != nil {
		b.Fatal(err)
	}
	input := base64.RawURLEncoding.EncodeToString([]byte(`{"kid":"k1","typ":"JWT","alg":"RS256"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(payload)
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// canned responds to every request with the same JSON, without a network.
type canned string

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200,
		Status:     "200 OK",
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(string(c))),
	}, nil
}

// BenchmarkUserMe measures the whole call: request, response and decoding.
func BenchmarkUserMe(b *testing.B) {
	body, err := os.ReadFile("testdata/user_me.json")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("kakao", func(b *testing.B) {
		c, err := kakao.New(kakao.Config{ClientID: "rest-key", HTTPClient: &http.Client{Transport: canned(body)}})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			u, err := c.UserMe(b.Context(), "A1", kakao.UserMeOptions{})
			if err != nil || u.ID != 3141592653589793238 {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		ctx := context.WithValue(b.Context(), oauth2.HTTPClient, &http.Client{Transport: canned(body)})
		client := oauth2.NewClient(
			ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "A1", TokenType: "bearer"}),
		)
		b.ReportAllocs()
		for b.Loop() {
			if err := userMeByHand(b.Context(), client); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// handUser is a typical hand-written type for the same response.
type handUser struct {
	ID          int64             `json:"id"`
	ConnectedAt *time.Time        `json:"connected_at"`
	SynchedAt   *time.Time        `json:"synched_at"`
	Properties  map[string]string `json:"properties"`
	Account     *struct {
		ProfileNicknameNeedsAgreement *bool `json:"profile_nickname_needs_agreement"`
		ProfileImageNeedsAgreement    *bool `json:"profile_image_needs_agreement"`
		Profile                       *struct {
			Nickname          *string `json:"nickname"`
			Thumbnail         *string `json:"thumbnail_image_url"`
			Image             *string `json:"profile_image_url"`
			IsDefaultImage    *bool   `json:"is_default_image"`
			IsDefaultNickname *bool   `json:"is_default_nickname"`
		} `json:"profile"`
		NameNeedsAgreement      *bool      `json:"name_needs_agreement"`
		Name                    *string    `json:"name"`
		EmailNeedsAgreement     *bool      `json:"email_needs_agreement"`
		IsEmailValid            *bool      `json:"is_email_valid"`
		IsEmailVerified         *bool      `json:"is_email_verified"`
		Email                   *string    `json:"email"`
		PhoneNeedsAgreement     *bool      `json:"phone_number_needs_agreement"`
		Phone                   *string    `json:"phone_number"`
		AgeRangeNeedsAgreement  *bool      `json:"age_range_needs_agreement"`
		AgeRange                *string    `json:"age_range"`
		BirthyearNeedsAgreement *bool      `json:"birthyear_needs_agreement"`
		Birthyear               *string    `json:"birthyear"`
		BirthdayNeedsAgreement  *bool      `json:"birthday_needs_agreement"`
		Birthday                *string    `json:"birthday"`
		BirthdayType            *string    `json:"birthday_type"`
		IsLeapMonth             *bool      `json:"is_leap_month"`
		GenderNeedsAgreement    *bool      `json:"gender_needs_agreement"`
		Gender                  *string    `json:"gender"`
		CINeedsAgreement        *bool      `json:"ci_needs_agreement"`
		CI                      *string    `json:"ci"`
		CIAuthenticatedAt       *time.Time `json:"ci_authenticated_at"`
	} `json:"kakao_account"`
	ForPartner *struct {
		UUID string `json:"uuid"`
	} `json:"for_partner"`
}

func userMeByHand(ctx context.Context, client *http.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://kapi.kakao.com/v2/user/me", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	var u handUser
	if err := json.Unmarshal(body, &u); err != nil {
		return err
	}
	if u.ID != 3141592653589793238 || u.Account == nil || *u.Account.Email == "" {
		return errors.New("incomplete user")
	}
	return nil
}
