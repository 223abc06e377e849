// Package kakao is a client for Kakao Login (카카오 로그인): the authorize URL and its callback, tokens and their
// refresh, ID tokens, user information, shipping addresses, sign-out, unlink, consents, service terms, user
// properties, manual sign-up, the list of Kakao's IP addresses, and both webhooks.
//
// The package works without norang's service. It implements the protocol and its checks; it manages no sessions,
// cookies, users or storage. Between calls it keeps only the signing keys and the state of its circuit breakers. The
// caller must bind the state to the browser, accept each nonce only once, and store tokens encrypted.
//
// # Sign-in
//
//	c, err := kakao.New(kakao.Config{ClientID: restAPIKey, ClientSecret: kakao.Secret(secret), AppID: appID})
//
//	// 1. Redirect the browser; remember state, nonce and verifier for it.
//	to, err := c.AuthorizeURL(kakao.AuthorizeRequest{
//		RedirectURI: uri, State: state, Nonce: nonce, CodeChallenge: kakao.S256Challenge(verifier),
//	})
//
//	// 2. Handle the callback. Compare cb.State before anything else.
//	cb, err := kakao.ParseCallback(r.URL.Query())
//	tok, err := c.Exchange(ctx, kakao.ExchangeRequest{Code: cb.Code, RedirectURI: uri, CodeVerifier: verifier})
//	id, err := c.VerifyIDToken(ctx, tok.IDToken, kakao.IDTokenOptions{Nonce: nonce})
//	me, err := c.UserMe(ctx, tok.AccessToken, kakao.UserMeOptions{WantID: id.UserID, SecureResource: true})
//
// Identify the user by me.ID only: e-mail address, nickname and phone number change and are reassigned to other
// people. See the examples for refreshing tokens, unlinking, webhooks and tokens of mobile apps.
//
// # Errors
//
// A failed call returns an [*Error]. Compare it with the sentinels ([ErrUnavailable], [ErrTokenInvalid],
// [ErrNotLinked] and so on) by errors.Is, or look at Error.Code. Error.Entry returns texts for users, developers and
// operators from package koe: cause, remedy, console menu and owner, in Korean and English. Configuration errors such
// as KOE006 never reach the client: Kakao shows them on its own page and does not call back.
//
// The error of a callback is a [*CallbackError], that of an ID token an [*IDTokenError], that of a webhook a
// [*WebhookError]. No error or type of this package prints a token, code, key or secret; see [Secret].
//
// # Calls
//
// Each call ends after Config.Timeout or with its context. Responses must be JSON of at most Config.MaxBody bytes
// after decompression; member names are case-sensitive and duplicates are rejected. Redirects are not followed.
// Idempotent calls are retried once if Kakao is temporarily unavailable; the code exchange and the refresh are never
// retried. After several consecutive failures of a host, calls to it fail immediately for a few seconds. Use
// Config.HTTPClient for metrics and tracing.
//
// All methods are safe for concurrent use.
//
// # Sources
//
// Kakao's documents of 2021 to 2026 at developers.kakao.com: "REST API", "trouble-shooting", "error code", "quota",
// "연결 해제 웹훅", "계정 상태 변경 웹훅". What they leave open is marked UNCONFIRMED in testdata/README.md, and this
// package does not depend on it.
package kakao
