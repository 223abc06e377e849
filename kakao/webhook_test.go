package kakao

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const goodUnlink = "app_id=123456&user_id=3141592653589&referrer_type=UNLINK_FROM_APPS"

// unlinkRequest returns an unlink webhook with form in the query of a GET or the body of a POST.
func unlinkRequest(method, auth, form string) *http.Request {
	r := httptest.NewRequest(method, "/auth/webhooks/kakao/unlink", nil)
	if method == http.MethodGet {
		r.URL.RawQuery = form
	} else {
		r.Body = io.NopCloser(strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	}
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	return r
}

// refusedWith checks that the error is a *WebhookError with the status and contains no secret.
func refusedWith(t *testing.T, name string, err error, status int) {
	t.Helper()
	var e *WebhookError
	if !errors.As(err, &e) || e.Status != status || strings.Contains(err.Error(), "admin-key") {
		t.Errorf("%s: %v, want status %d", name, err, status)
	}
}

func TestUnlinkWebhook(t *testing.T) {
	t.Parallel()
	_, c := newIssuer(t)
	for _, method := range []string{"GET", "POST"} { // WH-03
		for file, want := range map[string]UnlinkReason{
			"unlink_webhook.txt":                       UnlinkFromApps,
			"unlink_webhook_account_delete.txt":        AccountDelete,
			"unlink_webhook_forced_account_delete.txt": ForcedAccountDelete,
			"unlink_webhook_unlink_from_admin.txt":     UnlinkFromAdmin,
			"unlink_webhook_incomplete_sign_up.txt":    IncompleteSignUp,
			"unlink_webhook_unknown.txt":               "SOMETHING_NEW",
		} {
			e, err := c.ParseUnlinkWebhook(unlinkRequest(method, adminHeader, strings.TrimSpace(load(t, file).body)))
			if err != nil || e.AppID != 123456 || e.UserID != ryan || e.Reason != want ||
				(e.GroupUserToken != "") != (want == "SOMETHING_NEW") {
				t.Errorf("%s %s: %+v, %v", method, file, e, err)
			}
		}
	}
}

func TestWH01_NoOrWrongKey(t *testing.T) {
	t.Parallel()
	_, c := newIssuer(t)
	for _, auth := range []string{
		"", "KakaoAK wrong", "KakaoAK ", "KakaoAK", "Bearer the-admin-key", "kakaoak the-admin-key",
		"KakaoAK the-admin-key ", "KakaoAK  the-admin-key", "the-admin-key", "KakaoAK the-admin-ke",
	} {
		for _, method := range []string{"GET", "POST"} {
			_, err := c.ParseUnlinkWebhook(unlinkRequest(method, auth, goodUnlink))
			refusedWith(t, auth, err, http.StatusUnauthorized)
		}
	}
	twice := unlinkRequest("GET", adminHeader, goodUnlink)
	twice.Header.Add("Authorization", "KakaoAK wrong")
	_, err := c.ParseUnlinkWebhook(twice)
	refusedWith(t, "two headers", err, http.StatusUnauthorized)
	inQuery := unlinkRequest("GET", "", goodUnlink+"&Authorization=KakaoAK%20the-admin-key")
	_, err = c.ParseUnlinkWebhook(inQuery)
	refusedWith(t, "key in the query", err, http.StatusUnauthorized)

	bare, err := New(Config{ClientID: "rest-key"})
	if err != nil {
		t.Fatal(err)
	}
	for _, auth := range []string{"", "KakaoAK ", "KakaoAK x"} { // no key is configured
		_, err := bare.ParseUnlinkWebhook(unlinkRequest("GET", auth, goodUnlink))
		if !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%q: %v", auth, err)
		}
	}
}

func TestWH02_RightKeyWrongApp(t *testing.T) {
	t.Parallel()
	_, c := newIssuer(t)
	for _, form := range []string{
		"app_id=654321&user_id=1&referrer_type=X", "user_id=1", "app_id=&user_id=1", "app_id=0123456x&user_id=1",
	} {
		_, err := c.ParseUnlinkWebhook(unlinkRequest("POST", adminHeader, form))
		refusedWith(t, form, err, http.StatusForbidden)
	}
}

func TestUnlinkWebhookMalformed(t *testing.T) {
	t.Parallel()
	_, c := newIssuer(t)
	for _, form := range []string{
		"app_id=123456", "app_id=123456&user_id=", "app_id=123456&user_id=0", "app_id=123456&user_id=-5",
		"app_id=123456&user_id=007", "app_id=123456&user_id=1e5",
		"app_id=123456&user_id=1&user_id=2", "app_id=123456&app_id=123456&user_id=1", "app_id=123456&user_id=%zz",
		"app_id=123456&user_id=1;x=2",
	} {
		_, err := c.ParseUnlinkWebhook(unlinkRequest("POST", adminHeader, form))
		refusedWith(t, form, err, http.StatusBadRequest)
	}
	_, err := c.ParseUnlinkWebhook(unlinkRequest("PUT", adminHeader, goodUnlink))
	refusedWith(t, "PUT", err, http.StatusMethodNotAllowed)
	mixed := unlinkRequest("POST", adminHeader, "user_id=1") // the query of a POST is ignored
	mixed.URL.RawQuery = goodUnlink
	_, err = c.ParseUnlinkWebhook(mixed)
	refusedWith(t, "query of a POST", err, http.StatusForbidden)
	for _, kind := range []string{"", "application/json", "text/plain", "multipart/form-data; boundary=x"} {
		r := unlinkRequest("POST", adminHeader, goodUnlink)
		r.Header.Set("Content-Type", kind)
		_, err := c.ParseUnlinkWebhook(r)
		refusedWith(t, kind, err, http.StatusUnsupportedMediaType)
	}
}

func TestWH16_KeyRotation(t *testing.T) {
	t.Parallel()
	_, c := newIssuer(t)
	for _, key := range []string{"the-admin-key", "older-admin-key"} {
		if _, err := c.ParseUnlinkWebhook(unlinkRequest("POST", "KakaoAK "+key, goodUnlink)); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	one, err := New(Config{ClientID: "rest-key", AppID: 123456, AdminKeys: []Secret{"the-admin-key"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = one.ParseUnlinkWebhook(unlinkRequest("POST", "KakaoAK older-admin-key", goodUnlink))
	refusedWith(t, "old key removed", err, http.StatusUnauthorized)
}

func TestWH14_BigOrCompressedWebhook(t *testing.T) {
	t.Parallel()
	is, c := newIssuer(t, signers()[0])
	big := strings.Repeat("a", 10<<20)
	_, err := c.ParseUnlinkWebhook(unlinkRequest("POST", adminHeader, goodUnlink+"&x="+big))
	refusedWith(t, "10 MB POST", err, http.StatusRequestEntityTooLarge)
	_, err = c.ParseUnlinkWebhook(unlinkRequest("GET", adminHeader, goodUnlink+"&x="+big))
	refusedWith(t, "10 MB GET", err, http.StatusBadRequest)
	_, err = c.ParseAccountWebhook(setRequest(Secret(big)))
	refusedWith(t, "10 MB SET", err, http.StatusRequestEntityTooLarge)

	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, goodUnlink)
	w.Close()
	r := unlinkRequest("POST", adminHeader, z.String())
	r.Header.Set("Content-Encoding", "gzip")
	_, err = c.ParseUnlinkWebhook(r)
	refusedWith(t, "gzip", err, http.StatusUnsupportedMediaType)
	r = setRequest(signers()[0].set(is, nil))
	r.Header.Set("Content-Encoding", "gzip")
	_, err = c.ParseAccountWebhook(r)
	refusedWith(t, "gzip SET", err, http.StatusUnsupportedMediaType)

	broken := unlinkRequest("POST", adminHeader, "")
	broken.Body = io.NopCloser(io.MultiReader(strings.NewReader("app_id="), brokenReader{}))
	_, err = c.ParseUnlinkWebhook(broken)
	refusedWith(t, "truncated", err, http.StatusBadRequest)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func setRequest(raw Secret) *http.Request {
	r := httptest.NewRequest("POST", "/auth/webhooks/kakao/account", strings.NewReader(raw.Reveal()))
	r.Header.Set("Content-Type", "application/secevent+jwt")
	return r
}

const setHeader = `{"kid":"k1","typ":"secevent+jwt","alg":"RS256"}`

// set signs a user-unlinked event with changes. A nil value removes a claim.
func (s signer) set(is *issuer, change map[string]any) Secret {
	claims := is.goodClaims(map[string]any{
		"exp": nil, "nonce": nil, "auth_time": nil, "nickname": nil, "picture": nil, "email": nil,
		"jti": "jti-1", "toe": is.clock().Unix() - 11,
		"events": map[string]any{
			"https://schemas.openid.net/secevent/oauth/event-type/user-unlinked": map[string]any{
				"subject": map[string]any{"subject_type": "iss-sub", "iss": testIssuer, "sub": "3141592653589"},
				"reason":  "UNLINK_FROM_APPS",
			},
		},
	})
	for k, v := range change {
		if v == nil {
			delete(claims, k)
		} else {
			claims[k] = v
		}
	}
	return s.sign(setHeader, mustJSON(claims))
}

// effects lists the expected type and effect of each event in testdata.
var effects = map[string]struct {
	kind   EventType
	effect Effect
}{
	"user_linked":                        {UserLinked, NoEffect},
	"user_unlinked":                      {UserUnlinked, HandleUnlink},
	"user_scope_consent":                 {UserScopeConsent, NoEffect},
	"user_scope_withdraw":                {UserScopeWithdraw, DeleteConsentedData},
	"token_issued":                       {TokenIssued, NoEffect},
	"token_revoked":                      {TokenRevoked, NoEffect},
	"tokens_revoked":                     {TokensRevoked, RevokeSessions},
	"account_credential_change_required": {AccountCredentialChangeRequired, NoEffect},
	"account_purged":                     {AccountPurged, HandleUnlink},
	"account_disabled":                   {AccountDisabled, RevokeSessions},
	"account_enabled":                    {AccountEnabled, NoEffect},
	"credential_compromise":              {CredentialCompromise, RevokeSessions},
	"identifier_changed":                 {IdentifierChanged, ReloadProfile},
	"identifier_recycled":                {IdentifierRecycled, ReloadProfile},
	"sessions_revoked":                   {SessionsRevoked, RevokeSessions},
	"credential_change":                  {CredentialChange, RevokeSessions},
	"assurance_level_change":             {AssuranceLevelChange, NoEffect},
	"user_profile_changed":               {UserProfileChanged, ReloadProfile},
	"unknown":                            {OtherEvent, NoEffect},
}

// TestAccountWebhook parses every documented event and checks its effect (WH-11, WH-13).
func TestAccountWebhook(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	_, c := newIssuer(t, k)
	read := 0
	for file, s := range samples(t) {
		name, ok := strings.CutPrefix(strings.TrimSuffix(file, ".json"), "account_webhook_")
		if !ok {
			continue
		}
		read++
		e, err := c.ParseAccountWebhook(setRequest(k.sign(setHeader, s.body)))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		want := effects[name]
		if len(e.Events) != 1 || e.Events[0].Type != want.kind || e.Events[0].Type.Effect() != want.effect ||
			e.UserID != ryan ||
			!strings.HasPrefix(e.ID, "jti-") || e.Txn != "txn-0123" ||
			!e.OccurredAt.Equal(time.Unix(1767323845, 0)) || !json.Valid(e.Events[0].Payload) {
			t.Errorf("%s: %+v", file, e)
		}
	}
	if read != len(effects) {
		t.Errorf("%d files, %d events", read, len(effects))
	}
	unlinked, err := c.ParseAccountWebhook(
		setRequest(k.sign(setHeader, load(t, "account_webhook_user_unlinked.json").body)),
	)
	if err != nil || UnlinkReason(unlinked.Events[0].Reason) != UnlinkFromApps {
		t.Errorf("%+v, %v", unlinked, err)
	}
	unknown, err := c.ParseAccountWebhook(setRequest(k.sign(setHeader, load(t, "account_webhook_unknown.json").body)))
	if err != nil || unknown.Events[0].URI != "https://schemas.example/event-type/something-new" ||
		!bytes.Contains(unknown.Events[0].Payload, []byte(`"extra"`)) {
		t.Errorf("%+v, %v", unknown, err)
	}
}

func TestWH08_ForgedSET(t *testing.T) {
	t.Parallel()
	k, evil := signers()[0], signers()[3]
	is, c := newIssuer(t, k)
	good := k.set(is, nil).Reveal()
	parts := strings.Split(good, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		raw  Secret
		code string
	}{
		"alg none": {
			Secret(b64([]byte(`{"alg":"none","typ":"secevent+jwt"}`)) + "." + parts[1] + "."), "invalid_request",
		},
		"HS256": {
			Secret(b64([]byte(`{"alg":"HS256","typ":"secevent+jwt","kid":"k1"}`)) + "." + parts[1] + ".AAAA"),
			"invalid_request",
		},
		"bad signature": {Secret(parts[0] + "." + parts[1] + "." + b64(make([]byte, 256))), "invalid_key"},
		"another key":   {signer{"k1", evil.key}.set(is, nil), "invalid_key"},
		"unknown kid": {
			evil.sign(`{"kid":"attacker","typ":"secevent+jwt","alg":"RS256"}`, string(payload)), "invalid_key",
		},
		"not a token": {"hello", "invalid_request"},
		"empty":       {"", "invalid_request"},
	} {
		_, err := c.ParseAccountWebhook(setRequest(tt.raw))
		refusedWith(t, name, err, http.StatusBadRequest)
		var e *WebhookError
		if errors.As(err, &e) && e.Code != tt.code {
			t.Errorf("%s: %s, want %s", name, e.Code, tt.code)
		}
		w := httptest.NewRecorder()
		WriteWebhookError(w, err)
		var body struct{ Err, Description string }
		if json.Unmarshal(w.Body.Bytes(), &body) != nil || body.Err != tt.code || body.Description == "" ||
			w.Code != 400 || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: answered %d %s", name, w.Code, w.Body)
		}
	}
}

func TestWH09_SETForAnotherApp(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for _, aud := range []any{"rest-key", "native-key", "123456", []string{"123456"}} {
		if _, err := c.ParseAccountWebhook(setRequest(k.set(is, map[string]any{"aud": aud}))); err != nil {
			t.Errorf("aud %v: %v", aud, err)
		}
	}
	for name, tt := range map[string]struct {
		change map[string]any
		code   string
	}{
		"other app":    {map[string]any{"aud": "another-apps-key"}, "invalid_audience"},
		"other app id": {map[string]any{"aud": "654321"}, "invalid_audience"},
		"no audience":  {map[string]any{"aud": nil}, "invalid_audience"},
		"other issuer": {map[string]any{"iss": "https://kauth.example"}, "invalid_issuer"},
		"no issuer":    {map[string]any{"iss": nil}, "invalid_issuer"},
		"no jti":       {map[string]any{"jti": nil}, "invalid_request"},
		"half a pair":  {map[string]any{"jti": json.RawMessage(`"\ud800"`)}, "invalid_request"},
		"long jti":     {map[string]any{"jti": strings.Repeat("j", 257)}, "invalid_request"},
		"no iat":       {map[string]any{"iat": nil}, "invalid_request"},
		"no subject": {
			map[string]any{"sub": nil, "events": map[string]any{"x": map[string]any{}}}, "invalid_request",
		},
		"two subjects": {map[string]any{"sub": "42"}, "invalid_request"},
	} {
		_, err := c.ParseAccountWebhook(setRequest(k.set(is, tt.change)))
		var e *WebhookError
		if !errors.As(err, &e) || e.Code != tt.code || e.Status != 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if e, err := c.ParseAccountWebhook(setRequest(k.set(is, map[string]any{"sub": nil}))); err != nil ||
		e.UserID != ryan {
		t.Errorf("subject in the event only: %+v, %v", e, err)
	}
}

// A genuine event from the future says that the local clock is behind: Kakao should send it again.
func TestEventFromTheFutureIsAnswered503(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	future := map[string]any{"iat": is.clock().Unix() + 90}
	_, err := c.ParseAccountWebhook(setRequest(k.set(is, future)))
	var token *IDTokenError
	if !errors.As(err, &token) || !token.Clock || token.Skew < time.Minute {
		t.Errorf("genuine: %v", err)
	}
	w := httptest.NewRecorder()
	if WriteWebhookError(w, err); w.Code != http.StatusServiceUnavailable {
		t.Errorf("answered %d", w.Code)
	}
	_, err = c.ParseAccountWebhook(setRequest(signer{"k1", signers()[3].key}.set(is, future)))
	refusedWith(t, "forged", err, http.StatusBadRequest)
	if _, err := c.ParseAccountWebhook(setRequest(k.set(is, map[string]any{"iat": is.clock().Unix() + 30}))); err != nil {
		t.Errorf("within the tolerance: %v", err)
	}
}

func TestWH10_OtherJWTAsSET(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	idToken := k.token(is.goodClaims(nil))
	_, err := c.ParseAccountWebhook(setRequest(idToken))
	refusedWith(t, "ID token", err, http.StatusBadRequest)
	_, err = c.ParseAccountWebhook(setRequest(k.sign(setHeader, mustJSON(is.goodClaims(map[string]any{"jti": "j"})))))
	refusedWith(t, "ID token with the type of an event", err, http.StatusBadRequest)
	for name, change := range map[string]map[string]any{
		"no events":      {"events": nil},
		"empty events":   {"events": map[string]any{}},
		"nonce":          {"nonce": "n"},
		"events as list": {"events": []string{"x"}},
	} {
		_, err := c.ParseAccountWebhook(setRequest(k.set(is, change)))
		refusedWith(t, name, err, http.StatusBadRequest)
	}
	// Conversely, an event is not an ID token.
	rejects(t, c, "SET as ID token", k.set(is, map[string]any{"nonce": testNonce, "exp": is.clock().Unix() + 60}))
	rejects(t, c, "typ of an event", k.sign(setHeader, mustJSON(is.goodClaims(nil))))
	rejects(
		t, c, "typ of an access token",
		k.sign(`{"kid":"k1","typ":"at+jwt","alg":"RS256"}`, mustJSON(is.goodClaims(nil))),
	)
	claims := is.goodClaims(map[string]any{"events": map[string]any{"x": 1}})
	rejects(t, c, "ID token with events", k.token(claims))
}

func TestWH12_ContentType(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	for kind, ok := range map[string]bool{
		"application/secevent+jwt":                true,
		"application/secevent+jwt; charset=utf-8": true,
		"Application/SecEvent+JWT":                true,
		"text/html":                               false,
		"":                                        false,
		"application/jwt":                         false,
		"application/json":                        false,
	} {
		r := setRequest(k.set(is, nil))
		if r.Header.Del("Content-Type"); kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		_, err := c.ParseAccountWebhook(r)
		if ok && err != nil {
			t.Errorf("%q: %v", kind, err)
		}
		if !ok {
			refusedWith(t, kind, err, http.StatusUnsupportedMediaType)
		}
	}
	get := setRequest(k.set(is, nil))
	get.Method = "GET"
	_, err := c.ParseAccountWebhook(get)
	refusedWith(t, "GET", err, http.StatusMethodNotAllowed)
}

func TestSETIsUnavailableIfKeysCannotBeFetched(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	is.setFail(true)
	_, err := c.ParseAccountWebhook(setRequest(k.set(is, nil)))
	var e *WebhookError
	if errors.As(err, &e) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	w := httptest.NewRecorder()
	if WriteWebhookError(w, err); w.Code != http.StatusServiceUnavailable {
		t.Errorf("answered %d", w.Code)
	}
	w = httptest.NewRecorder()
	if WriteWebhookError(w, &WebhookError{Status: 401, Reason: "x"}); w.Code != 401 || w.Body.Len() != 0 {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func TestEventTypeOfURI(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]EventType{
		"https://schemas.openid.net/secevent/risc/event-type/sessions-revoked":  SessionsRevoked,
		"http://schemas.openid.net/secevent/risc/event-type/sessions-revoked":   SessionsRevoked,
		"https://schemas.openid.net/secevent/oauth/event-type/sessions-revoked": OtherEvent,
		"https://evil.example/secevent/risc/event-type/sessions-revoked":        OtherEvent,
		"https://schemas.openid.net/secevent/risc/event-type/":                  OtherEvent,
		"sessions-revoked": OtherEvent,
		"":                 OtherEvent,
		"https://":         OtherEvent,
	} {
		if got := eventTypeOf(uri); got != want {
			t.Errorf("%s: %q", uri, got)
		}
	}
}

func TestSeveralEventsInOneSET(t *testing.T) {
	t.Parallel()
	const revoked = "https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked"
	events := map[string]any{revoked: map[string]any{}, "https://x.example/y": nil}
	k := signers()[0]
	is, c := newIssuer(t, k)
	e, err := c.ParseAccountWebhook(setRequest(k.set(is, map[string]any{"toe": nil, "events": events})))
	if err != nil || len(e.Events) != 2 || !e.OccurredAt.Equal(e.IssuedAt) {
		t.Fatalf("%+v, %v", e, err)
	}
	if diff := cmp.Diff([]Event{{
		Type:    TokensRevoked,
		URI:     revoked,
		Payload: json.RawMessage("{}"),
	},
		{URI: "https://x.example/y", Payload: json.RawMessage("null")}}, e.Events); diff != "" {
		t.Error(diff)
	}
}
