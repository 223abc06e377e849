package kakao

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/oauthclient/idtoken"
)

// unsigned returns a token with a signature of zeros.
func unsigned(header string, claims map[string]any) Secret {
	return Secret(b64([]byte(header)) + "." + b64([]byte(mustJSON(claims))) + "." + b64(make([]byte, 256)))
}

func TestIT11_UnknownKidFloodCausesFewFetches(t *testing.T) {
	t.Parallel()
	is, c := newIssuer(t, signers()[0])
	good := signers()[0].token(is.goodClaims(nil))
	accepts(t, c, "before", good)
	for i := range 1000 {
		forged := signers()[3]
		forged.id = fmt.Sprintf("random-%d", i)
		if i < 20 { // signing is slow; the others have an invalid signature
			rejects(t, c, forged.id, forged.token(is.goodClaims(nil)))
		} else {
			rejects(t, c, forged.id, unsigned(forged.header(), is.goodClaims(nil)))
		}
		is.advance(59 * time.Millisecond) // all within one minute
	}
	if n := is.fetched(); n > 2 {
		t.Errorf("%d fetches", n)
	}
	accepts(t, c, "after", good)
}

func TestConcurrentUnknownKidsShareOneFetch(t *testing.T) {
	t.Parallel()
	is, c := newIssuer(t, signers()[0])
	raw := unsigned(`{"alg":"RS256","kid":"unknown"}`, is.goodClaims(nil))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { rejects(t, c, "concurrent", raw) })
	}
	wg.Wait()
	if n := is.fetched(); n > 2 {
		t.Errorf("%d fetches", n)
	}
}

func TestIT12_RotatedKeysAreAccepted(t *testing.T) {
	t.Parallel()
	k1, k2, k3 := signers()[0], signers()[1], signers()[2]
	is, c := newIssuer(t, k1)
	accepts(t, c, "first", k1.token(is.goodClaims(nil)))
	is.publish(k1, k2) // the recent first fetch must not prevent another one
	accepts(t, c, "rotated right after the first fetch", k2.token(is.goodClaims(nil)))
	is.advance(61 * time.Second)
	is.publish(k3)
	accepts(t, c, "rotated just before signing", k3.token(is.goodClaims(nil)))
	rejects(t, c, "withdrawn key", k1.token(is.goodClaims(nil)))
}

func TestIT18_NoKeysAtStartIsUnavailable(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	is.setFail(true)
	_, err := c.VerifyIDToken(t.Context(), k.token(is.goodClaims(nil)), withNonce)
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrTokenInvalid) {
		t.Errorf("err = %v", err)
	}
	is.setFail(false)
	is.advance(DefaultKeyFetchInterval / 60)
	accepts(t, c, "Kakao is back", k.token(is.goodClaims(nil)))
}

func TestIT19_CachedKeysSurviveAnOutage(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	accepts(t, c, "warm up", k.token(is.goodClaims(nil)))
	is.setFail(true)
	is.advance(DefaultKeysMaxAge + time.Hour)
	accepts(t, c, "stale keys", k.token(is.goodClaims(nil)))
	before := is.fetched()
	accepts(t, c, "second sign-in", k.token(is.goodClaims(nil)))
	if is.fetched() != before {
		t.Error("every sign-in sends a request to a server that is down")
	}
	is.advance(DefaultKeysMaxStale)
	if _, err := c.VerifyIDToken(
		t.Context(), k.token(is.goodClaims(nil)), withNonce,
	); !errors.Is(err, ErrUnavailable) {
		t.Errorf("keys older than KeysMaxStale: %v", err)
	}
}

func TestIT20_TokenWithoutKidIsCheckedWithAllKeys(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	header := `{"typ":"JWT","alg":"RS256"}`
	is, c := newIssuer(t, k)
	accepts(t, c, "one key", k.sign(header, mustJSON(is.goodClaims(nil))))
	is, c = newIssuer(t, k, signers()[1])
	accepts(t, c, "several keys", k.sign(header, mustJSON(is.goodClaims(nil))))
	is, c = newIssuer(t, signers()[1])
	rejects(t, c, "another key", k.sign(header, mustJSON(is.goodClaims(nil))))
}

func TestCachedKeysAreNotFetchedAgain(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	raw := k.token(is.goodClaims(nil))
	for range 100 {
		accepts(t, c, "warm", raw)
	}
	if n := is.fetched(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

func TestIT23_S20_UnusableKeysAreIgnored(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	for name, tt := range map[string]struct {
		keys string
		ok   bool
	}{
		"good": {mustJSON(k.jwk(nil)), true},
		"no alg, no use": {
			mustJSON(map[string]any{"kid": "k1", "kty": "RSA", "n": k.jwk(nil)["n"], "e": "AQAB"}), true,
		},
		"encryption":      {mustJSON(k.jwk(map[string]any{"use": "enc"})), false},
		"other alg":       {mustJSON(k.jwk(map[string]any{"alg": "RS512"})), false},
		"symmetric":       {`{"kid":"k1","kty":"oct","k":"c2VjcmV0"}`, false},
		"exponent 1":      {mustJSON(k.jwk(map[string]any{"e": "AQ"})), false},
		"exponent 3":      {mustJSON(k.jwk(map[string]any{"e": "Aw"})), false},
		"short":           {mustJSON(k.jwk(map[string]any{"n": b64(k.key.N.Bytes()[:128])})), false},
		"loose base64":    {mustJSON(k.jwk(map[string]any{"n": k.jwk(nil)["n"].(string) + "="})), false},
		"repeated":        {mustJSON(k.jwk(nil)) + "," + mustJSON(k.jwk(nil)), true},
		"S20 private":     {mustJSON(k.jwk(map[string]any{"d": "AQAB"})), false},
		"S20 a prime":     {mustJSON(k.jwk(map[string]any{"p": "AQAB"})), false},
		"S20 more primes": {mustJSON(k.jwk(map[string]any{"oth": []any{}})), false},
		"S20 a number":    {`5,` + mustJSON(k.jwk(nil)), true},
		"S20 kty a list":  {`{"kid":"k1","kty":[]},` + mustJSON(k.jwk(nil)), true},
		"S20 kid twice":   {`{"kid":"k1","kid":"k2"},` + mustJSON(k.jwk(nil)), true},
		"S20 alone":       {`{"kid":"k1","kid":"k1","kty":"RSA"}`, false},
		"good and broken": {`{"kid":"x","kty":"EC"},` + mustJSON(k.jwk(nil)), true},
		"none":            {``, false},
		"too many":        {strings.TrimSuffix(strings.Repeat(`{"kty":"EC"},`, 33), ","), false},
	} {
		n, err := idtoken.Usable([]byte(`{"keys":[`+tt.keys+`]}`), algorithms...)
		if ok := err == nil && n == 1; ok != tt.ok {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if n, err := idtoken.Usable([]byte(load(t, "jwks.json").body), algorithms...); err != nil || n != 2 {
		t.Errorf("jwks.json: %d, %v", n, err)
	}
}

// Unsigned events, which anyone can send, do not use up the fetches that sign-ins need.
func TestIT25_S21_ForgedEventsDoNotUseUpTheKeyFetchOfSignIns(t *testing.T) {
	t.Parallel()
	k1, k2 := signers()[0], signers()[1]
	is, c := newIssuer(t, k1)
	accepts(t, c, "before", k1.token(is.goodClaims(nil)))
	event := func(id string) error {
		set := signers()[3].set(is, map[string]any{"events": map[string]any{
			"https://schemas.openid.net/secevent/risc/event-type/sessions-revoked": map[string]any{},
		}})
		_, rest, _ := strings.Cut(set.Reveal(), ".")
		_, err := c.ParseAccountWebhook(setRequest(Secret(b64([]byte(`{"alg":"RS256","kid":"`+id+`"}`)) + "." + rest)))
		return err
	}
	for _, id := range []string{"made-up", "another"} {
		refusedWith(t, id, event(id), http.StatusBadRequest)
	}
	fetched := is.fetched()
	is.publish(k2) // without overlap
	accepts(t, c, "rotated", k2.token(is.goodClaims(nil)))
	if n := is.fetched(); n != fetched+1 {
		t.Errorf("%d fetches after the rotation", n-fetched)
	}
	refusedWith(t, "a third", event("a-third"), http.StatusBadRequest)
	rejects(t, c, "withdrawn", k1.token(is.goodClaims(nil)))
	if n := is.fetched(); n != fetched+1 {
		t.Errorf("%d fetches, the allowances are used up", n-fetched)
	}
}

func TestSeveralKeysOfOneIDAreAllTried(t *testing.T) {
	t.Parallel()
	k1, k2 := signers()[0], signers()[1]
	k2.id = k1.id
	is, c := newIssuer(t, k1, k2)
	accepts(t, c, "the first", k1.token(is.goodClaims(nil)))
	accepts(t, c, "the second", k2.token(is.goodClaims(nil)))
	other := signers()[2]
	other.id = k1.id
	rejects(t, c, "a third", other.token(is.goodClaims(nil)))
}

func TestKeySetMayHaveItsOwnContentType(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		fmt.Fprintf(w, `{"keys":[%s]}`, mustJSON(k.jwk(nil)))
	})
	if n, err := c.ProbeKeys(t.Context()); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
}

// The token is not rejected while its key cannot be fetched, and the fetch is repeated before KeyFetchInterval.
func TestUnknownKidWhileKakaoIsDownIsUnavailable(t *testing.T) {
	t.Parallel()
	k1, k2 := signers()[0], signers()[1]
	is, c := newIssuer(t, k1)
	accepts(t, c, "before", k1.token(is.goodClaims(nil)))
	is.publish(k1, k2)
	is.setFail(true)
	for range 3 {
		_, err := c.VerifyIDToken(t.Context(), k2.token(is.goodClaims(nil)), withNonce)
		if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrTokenInvalid) {
			t.Errorf("while down: %v", err)
		}
	}
	if n := is.fetched(); n > 3 { // the first fetch, and one with its retry
		t.Errorf("%d fetches", n)
	}
	accepts(t, c, "a known key", k1.token(is.goodClaims(nil)))
	is.setFail(false)
	is.advance(DefaultKeyFetchInterval/6 + time.Second)
	accepts(t, c, "soon after", k2.token(is.goodClaims(nil)))
}

func TestMalformedKeySetIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"not JSON": "<html>", "no keys": `{"keys":[]}`, "error": `{"error":"x","error_code":"KOE999"}`,
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		raw := currentIDToken()
		if _, err := c.VerifyIDToken(
			t.Context(), raw, IDTokenOptions{SkipNonce: true},
		); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
