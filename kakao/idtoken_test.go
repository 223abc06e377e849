package kakao

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var withNonce = IDTokenOptions{Nonce: testNonce}

// accepts checks that the token is valid and belongs to ryan.
func accepts(t *testing.T, c *Client, name string, raw Secret) {
	t.Helper()
	id, err := c.VerifyIDToken(t.Context(), raw, withNonce)
	if err != nil || id.Subject != "3141592653589" || id.UserID != ryan {
		t.Errorf("%s: %+v, %v", name, id, err)
	}
}

// rejects checks that the token is rejected as invalid.
func rejects(t *testing.T, c *Client, name string, raw Secret) {
	t.Helper()
	id, err := c.VerifyIDToken(t.Context(), raw, withNonce)
	var refused *IDTokenError
	if id != nil || !errors.As(err, &refused) || !errors.Is(err, ErrTokenInvalid) || errors.Is(err, ErrUnavailable) {
		t.Errorf("%s: accepted, or wrong error: %+v, %v", name, id, err)
	}
}

func TestVerifyIDTokenReturnsTheClaims(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k, signers()[1])
	is.now = time.Unix(1767323900, 0)
	s := load(t, "idtoken.json")
	got, err := c.VerifyIDToken(t.Context(), k.sign(k.header(), s.body), withNonce)
	if err != nil {
		t.Fatal(err)
	}
	want := &IDToken{
		Issuer:    testIssuer,
		Subject:   "3141592653589",
		UserID:    ryan,
		Audience:  []string{"rest-key"},
		IssuedAt:  time.Unix(1767323846, 0).UTC(),
		ExpiresAt: time.Unix(1767345445, 0).UTC(),
		AuthTime:  time.Unix(1767323000, 0).UTC(),
		Nonce:     testNonce,
		Nickname:  "라이언",
		Picture:   "http://img.example/t.jpg",
		Email:     "ryan@example.com",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	minimal := load(t, "idtoken_minimal.json")
	id, err := c.VerifyIDToken(t.Context(), k.sign(k.header(), minimal.body), IDTokenOptions{SkipNonce: true})
	if err != nil || id.Email != "" || id.UserID != ryan {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestIT01_AlgNoneIsRejected(t *testing.T) {
	t.Parallel()
	is, c := newIssuer(t, signers()[0])
	payload := mustJSON(is.goodClaims(nil))
	for _, header := range []string{
		`{"alg":"none"}`, `{"alg":"None"}`, `{"alg":"nOnE"}`, `{}`, `{"kid":"k1"}`, `{"alg":null,"kid":"k1"}`,
		`{"ALG":"RS256","kid":"k1"}`,
	} {
		for _, sig := range []string{"", "AA", b64([]byte("signature"))} {
			rejects(t, c, header+" "+sig, Secret(b64([]byte(header))+"."+b64([]byte(payload))+"."+sig))
		}
		rejects(t, c, header+" without dot", Secret(b64([]byte(header))+"."+b64([]byte(payload))))
	}
}

func TestIT02_HS256WithThePublicKeyIsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	der, err := x509.MarshalPKIXPublicKey(k.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string][]byte{
		"DER":           der,
		"PEM":           pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"JWK":           []byte(mustJSON(k.jwk(nil))),
		"n":             k.key.N.Bytes(),
		"client secret": []byte("rest-key"),
	} {
		for _, alg := range []string{"HS256", "RS256", "HS512"} {
			input := b64([]byte(`{"alg":"`+alg+`","kid":"k1"}`)) + "." + b64([]byte(mustJSON(is.goodClaims(nil))))
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(input))
			rejects(t, c, name+" "+alg, Secret(input+"."+b64(mac.Sum(nil))))
		}
	}
}

func TestIT03_BrokenSignatureIsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	good := k.token(is.goodClaims(nil)).Reveal()
	accepts(t, c, "good", Secret(good))
	head, sig := good[:strings.LastIndexByte(good, '.')+1], good[strings.LastIndexByte(good, '.')+1:]
	flipped := []byte(sig)
	if flipped[10] == 'A' {
		flipped[10] = 'B'
	} else {
		flipped[10] = 'A'
	}
	rejects(t, c, "one character changed", Secret(head+string(flipped)))
	other := k.token(is.goodClaims(map[string]any{"nickname": "other"})).Reveal()
	rejects(t, c, "signature of another token", Secret(head+other[strings.LastIndexByte(other, '.')+1:]))
	rejects(t, c, "short signature", Secret(head+sig[:40]))
	forged := signer{id: "k1", key: signers()[3].key}
	rejects(t, c, "another key with the published id", forged.token(is.goodClaims(nil)))
}

func TestIT04_WrongIssuerIsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for _, iss := range []any{
		"https://accounts.example", testIssuer + "/", "http://kauth.kakao.com", "https://KAUTH.kakao.com", "",
		nil, []string{testIssuer}, 5,
	} {
		rejects(t, c, fmt.Sprint("iss ", iss), k.token(is.goodClaims(map[string]any{"iss": iss})))
	}
}

func TestIT05_WrongOrMissingAudienceIsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for _, aud := range []any{
		"another-apps-key", "", nil, []string{}, []string{""}, []string{"another-apps-key"}, "rest-key ",
		"REST-KEY", 5, map[string]any{"rest-key": 1},
	} {
		rejects(t, c, fmt.Sprint("aud ", aud), k.token(is.goodClaims(map[string]any{"aud": aud})))
	}
}

func TestIT06_SeveralAudiencesNeedAzp(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	rejects(t, c, "without azp", k.token(is.goodClaims(map[string]any{"aud": []string{"rest-key", "other"}})))
	rejects(
		t, c, "azp other",
		k.token(is.goodClaims(map[string]any{"aud": []string{"rest-key", "other"}, "azp": "other"})),
	)
	rejects(
		t, c, "azp not in aud",
		k.token(is.goodClaims(map[string]any{"aud": []string{"other", "third"}, "azp": "rest-key"})),
	)
	rejects(t, c, "one audience, azp other", k.token(is.goodClaims(map[string]any{"azp": "other"})))
	accepts(t, c, "array of one", k.token(is.goodClaims(map[string]any{"aud": []string{"rest-key"}})))
	accepts(
		t, c, "azp",
		k.token(is.goodClaims(map[string]any{"aud": []string{"rest-key", "other"}, "azp": "rest-key"})),
	)
}

func TestIT07_NonceMustMatch(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for _, nonce := range []any{
		nil, "", "another-login's-nonce", testNonce + "x", testNonce[:5], strings.ToUpper(testNonce),
	} {
		rejects(t, c, fmt.Sprint("nonce ", nonce), k.token(is.goodClaims(map[string]any{"nonce": nonce})))
	}
	// An empty expected nonce is an error, not "any nonce".
	for _, nonce := range []any{nil, "", testNonce} {
		raw := k.token(is.goodClaims(map[string]any{"nonce": nonce}))
		if _, err := c.VerifyIDToken(t.Context(), raw, IDTokenOptions{}); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("no expected nonce, nonce %v: %v", nonce, err)
		}
	}
}

func TestIT08_ExpiredTokenIsRejectedAfterLeeway(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	now := is.clock().Unix()
	rejects(t, c, "61 s ago", k.token(is.goodClaims(map[string]any{"exp": now - 61})))
	rejects(t, c, "60 s ago", k.token(is.goodClaims(map[string]any{"exp": now - 60})))
	accepts(t, c, "59 s ago", k.token(is.goodClaims(map[string]any{"exp": now - 59})))
}

func TestIT09_MissingRequiredClaimsAreRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for _, claim := range []string{"exp", "iat", "sub", "iss", "aud"} {
		for _, value := range []any{nil, 0, "", -1, "x", []int{1}, 1e300} {
			rejects(t, c, fmt.Sprint(claim, " ", value), k.token(is.goodClaims(map[string]any{claim: value})))
		}
	}
	for _, sub := range []string{"007", "+7", "-7", "0", " 7", "7.0", "9223372036854775808", "seven"} {
		rejects(t, c, "sub "+sub, k.token(is.goodClaims(map[string]any{"sub": sub})))
	}
	rejects(
		t, c, "exp as text",
		k.sign(k.header(), strings.Replace(mustJSON(is.goodClaims(nil)), `"exp":`, `"exp":"9999999999","x":`, 1)),
	)
}

func TestIT10_TokenFromTheFutureIsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	now := is.clock().Unix()
	rejects(t, c, "iat in 10 minutes", k.token(is.goodClaims(map[string]any{"iat": now + 600})))
	rejects(t, c, "nbf in 10 minutes", k.token(is.goodClaims(map[string]any{"nbf": now + 600})))
	accepts(t, c, "iat in 59 s", k.token(is.goodClaims(map[string]any{"iat": now + 59})))
	accepts(t, c, "nbf in the past", k.token(is.goodClaims(map[string]any{"nbf": now - 5})))
}

func TestIT13_KeyInTheTokenIsNotUsed(t *testing.T) {
	t.Parallel()
	is, c := newIssuer(t, signers()[0])
	evil := signers()[3]
	is.mux.HandleFunc("GET /evil", func(w http.ResponseWriter, r *http.Request) {
		t.Error("fetched a key URL of the token")
	})
	base := c.cfg.AuthURL
	for _, extra := range []string{
		`"jku":"` + base + `/evil"`, `"x5u":"` + base + `/evil"`, `"jwk":` + mustJSON(evil.jwk(nil)),
		`"x5c":["MIIB"]`,
	} {
		for _, kid := range []string{"k1", "attacker"} {
			rejects(t, c, extra, evil.sign(`{"alg":"RS256","kid":"`+kid+`",`+extra+`}`, mustJSON(is.goodClaims(nil))))
		}
	}
	k := signers()[0]
	for _, extra := range []string{
		`"crit":["exp"]`, `"b64":false,"crit":["b64"]`, `"zip":"DEF"`,
	} { // unsupported extensions
		rejects(t, c, extra, k.sign(`{"alg":"RS256","kid":"k1",`+extra+`}`, mustJSON(is.goodClaims(nil))))
	}
}

func TestIT14_DuplicateClaimNamesAreRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	good := mustJSON(is.goodClaims(nil))
	for _, extra := range []string{
		`"sub":"2"`, `"aud":"another"`, `"nonce":"x"`, `"iss":"x"`, `"exp":1`, `"s\u0075b":"2"`,
		`"x":{"a":1,"a":2}`,
	} {
		rejects(t, c, extra+" after", k.sign(k.header(), good[:len(good)-1]+","+extra+"}"))
		rejects(t, c, extra+" before", k.sign(k.header(), "{"+extra+","+good[1:]))
	}
	rejects(t, c, "header", k.sign(`{"alg":"RS256","kid":"attacker","kid":"k1"}`, good))
	// Names that differ in case are other names.
	accepts(t, c, "SUB and sub", k.sign(k.header(), good[:len(good)-1]+`,"SUB":"2","Aud":"x","Nonce":"y"}`))
	rejects(t, c, "SUB for sub", k.sign(k.header(), strings.Replace(good, `"sub"`, `"SUB"`, 1)))
	rejects(t, c, "Nonce for nonce", k.sign(k.header(), strings.Replace(good, `"nonce"`, `"Nonce"`, 1)))
}

func TestIT15_TrailingDataIsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	good := mustJSON(is.goodClaims(nil))
	for _, payload := range []string{
		good + good, good + "x", good + ",", "\ufeff" + good, "[" + good + "]", good + "\x00", "null", `"text"`,
		good[:len(good)-1],
	} {
		rejects(t, c, payload, k.sign(k.header(), payload))
	}
	rejects(t, c, "header", k.sign(k.header()+"{}", good))
	accepts(t, c, "surrounding white space", k.sign(k.header(), " \n"+good+"\r\n\t"))
}

func TestIT16_HugeTokenIsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	rejects(t, c, "1 MiB", k.token(is.goodClaims(map[string]any{"nickname": strings.Repeat("a", 1<<20)})))
	rejects(t, c, "dots", Secret(strings.Repeat(".", 1<<20)))
	rejects(t, c, "deep", k.sign(k.header(), strings.Repeat(`{"a":`, 2000)+"1"+strings.Repeat("}", 2000)))
	if n := is.fetched(); n != 0 {
		t.Errorf("%d fetches for tokens rejected by their format", n)
	}
}

func TestIT17_LooseBase64IsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	raw := k.token(is.goodClaims(nil)).Reveal()
	accepts(t, c, "good", Secret(raw))
	parts := strings.Split(raw, ".")
	for i := range parts {
		for name, change := range map[string]func(string) string{
			"padding":    func(s string) string { return s + "=" },
			"two":        func(s string) string { return s + "==" },
			"plus":       func(s string) string { return "+" + s[1:] },
			"slash":      func(s string) string { return "/" + s[1:] },
			"line break": func(s string) string { return s[:4] + "\n" + s[4:] },
			"CRLF":       func(s string) string { return s + "\r\n" },
			"blank":      func(s string) string { return " " + s },
		} {
			p := append([]string{}, parts...)
			p[i] = change(p[i])
			rejects(t, c, fmt.Sprint(name, " in segment ", i), Secret(strings.Join(p, ".")))
		}
	}
	// The last character of a 256-byte signature has four unused bits.
	last := parts[2][len(parts[2])-1]
	for _, other := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		if byte(other) != last {
			rejects(t, c, "trailing bits", Secret(parts[0]+"."+parts[1]+"."+parts[2][:len(parts[2])-1]+string(other)))
		}
	}
	rejects(t, c, "four segments", Secret(raw+".x"))
	rejects(t, c, "empty segment", Secret(parts[0]+".."+parts[2]))
	rejects(t, c, "empty", "")
}

func TestIT21_UserInfoOfAnotherUserIsRejected(t *testing.T) {
	t.Parallel()
	is, c := newIssuer(t, signers()[0])
	is.mux.HandleFunc("GET /v2/user/me", func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, `{"id":2718281828459}`)
	})
	is.mux.HandleFunc("GET /v1/oidc/userinfo", func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, `{"sub":"2718281828459"}`)
	})
	if u, err := c.UserMe(t.Context(), testToken, UserMeOptions{WantID: ryan}); !errors.Is(err, ErrForeignToken) ||
		u != nil {
		t.Errorf("%v, %v", u, err)
	}
	if u, err := c.UserInfo(t.Context(), testToken, "3141592653589"); !errors.Is(err, ErrForeignToken) || u != nil {
		t.Errorf("%v, %v", u, err)
	}
}

func TestIT22_WrongAtHashIsRejected(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	opts := IDTokenOptions{Nonce: testNonce, AccessToken: testToken}
	sum := sha256.Sum256([]byte(testToken))
	for name, tt := range map[string]struct {
		hash any
		ok   bool
	}{
		"absent": {nil, true},
		"right":  {b64(sum[:16]), true},
		"wrong":  {b64(sum[16:]), false},
		"whole":  {b64(sum[:]), false},
	} {
		_, err := c.VerifyIDToken(t.Context(), k.token(is.goodClaims(map[string]any{"at_hash": tt.hash})), opts)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMaxAgeLimitsAuthTime(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	now := is.clock().Unix()
	for name, tt := range map[string]struct {
		authTime any
		ok       bool
	}{
		"fresh": {now - 290, true}, "ahead": {now + 55, true}, "future": {now + 65, false}, "old": {now - 400, false},
		"absent": {nil, false}, "zero": {0, false},
	} {
		_, err := c.VerifyIDToken(
			t.Context(), k.token(is.goodClaims(map[string]any{"auth_time": tt.authTime})),
			IDTokenOptions{Nonce: testNonce, MaxAge: 5 * time.Minute},
		)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The errors may be logged.
func TestIDTokenErrorsContainNothingOfTheToken(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for claim, value := range map[string]any{
		"iss":          "planted-text",
		"aud":          "planted-text",
		"sub":          "planted-text",
		"nonce":        "planted-text",
		"exp":          "planted-text",
		"planted-text": []any{map[string]any{}},
	} {
		m := is.goodClaims(map[string]any{claim: value})
		if claim == "planted-text" {
			m["sub"] = nil
		}
		_, err := c.VerifyIDToken(t.Context(), k.token(m), withNonce)
		if err == nil || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", claim, err)
		}
	}
}
