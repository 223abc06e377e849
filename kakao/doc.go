// Package kakao is a client for everything that Kakao Login (카카오 로그인) offers: the
// authorize address and its callback, tokens and their renewal, ID tokens, user information,
// shipping addresses, sign-out and unlink, consents, service terms, profile properties,
// manual sign-up, the list of Kakao's addresses, and both webhooks.
//
// It is of use alone; nothing else of this module is needed. It owns the protocol and
// its safety: what may go out, what may come in, and what an answer proves. It does not own
// sessions, cookies, people or storage, and it remembers nothing between
// two calls but signing keys and whether Kakao is up. So three duties stay with the caller: bind the state
// to the browser, use each nonce once, and keep tokens sealed.
//
// # A login
//
//	c, err := kakao.New(kakao.Config{ClientID: restAPIKey, ClientSecret: kakao.Secret(secret), AppID: appID})
//
//	// 1. Send the browser away; keep state, nonce and verifier for this browser.
//	to, err := c.AuthorizeURL(kakao.AuthorizeRequest{RedirectURI: uri, State: state, Nonce: nonce, CodeChallenge: kakao.S256Challenge(verifier)})
//
//	// 2. It comes back. Compare cb.State before anything else.
//	cb, err := kakao.ParseCallback(r.URL.Query())
//	tok, err := c.Exchange(ctx, kakao.ExchangeRequest{Code: cb.Code, RedirectURI: uri, CodeVerifier: verifier})
//	id, err := c.VerifyIDToken(ctx, tok.IDToken, kakao.IDTokenOptions{Nonce: nonce})
//	me, err := c.UserMe(ctx, tok.AccessToken, kakao.UserMeOptions{WantID: id.UserID, SecureResource: true})
//
// me.ID is the person. Nothing else is: e-mail, nickname and phone change and are given
// to others. See the examples for renewal, unlinking, webhooks and tokens of mobile apps.
//
// # Errors
//
// A call that fails gives an [*Error]. A program asks errors.Is for one of the sentinels
// ([ErrUnavailable], [ErrTokenInvalid], [ErrNotLinked], …) or looks at Error.Code. A person
// and an operator are told from Error.Entry, which is package koe's knowledge of the code:
// cause, remedy, console menu and whose fault it is, in Korean and English. Configuration faults such as KOE006
// never arrive here: Kakao shows them on a page of its own and calls nobody back.
//
// Bad callbacks are [*CallbackError], refused ID tokens [*IDTokenError], refused webhooks [*WebhookError].
// No error, and no type of this package, prints a token, code, key or secret; see [Secret].
//
// # How calls behave
//
// Every call ends by its own deadline (Config.Timeout) or the context's. Answers must be JSON, within Config.MaxBody
// after inflation; names count exactly, and duplicates are refused. No redirect is followed. Reads, and writes that can be
// done twice, are tried once more when Kakao is briefly away; the code exchange and the refresh
// never are. When a host fails several times in a row, calls to it fail at once for seconds
// instead of letting each login wait. Config.HTTPClient is the place for metrics and tracing.
//
// All methods may be used by many goroutines at once.
//
// # Sources
//
// Kakao's pages of 2021 to 2026 at developers.kakao.com: "REST API", "trouble-shooting", "error code", "quota", "연결 해제 웹훅",
// "계정 상태 변경 웹훅". What they leave open is marked in testdata/README.md as UNCONFIRMED, and nothing here depends on it.
package kakao
