package clients_test

// client is a client that others wrote.
type client struct {
	name      string // as its users call it
	module    string // package of npm, or module of Go
	script    string // in testdata/npm; empty for a program in Go
	providers []string
	// plainKakao: OpenID Connect is off at Kakao.
	plainKakao bool
}

// clients are all that sign in here.
func clients() []client {
	return []client{
		{
			name: "openid-client", module: "openid-client", script: "openid-client.mjs",
			providers: []string{"kakao", "naver", "google", "apple", "line", "oidc"},
		},
		{
			name: "Auth.js", module: "@auth/core", script: "auth-core.mjs", plainKakao: true,
			providers: []string{"kakao", "naver", "google", "apple", "line"},
		},
		{
			name: "better-auth", module: "better-auth", script: "better-auth.mjs",
			providers: []string{"kakao", "naver", "google", "apple", "line"},
		},
		{
			name: "arctic", module: "arctic", script: "arctic.mjs",
			providers: []string{"kakao", "naver", "google", "apple", "line"},
		},
		{
			name: "apple-signin-auth", module: "apple-signin-auth", script: "apple-signin-auth.mjs",
			providers: []string{"apple"},
		},
		{
			name: "google-auth-library", module: "google-auth-library", script: "google-auth-library.mjs",
			providers: []string{"google"},
		},
		{
			name: "Parse Server", module: "parse-server", script: "parse-server.mjs",
			providers: []string{"google", "apple"},
		},
		{
			name: "passport-naver-v2", module: "passport-naver-v2", script: "passport-naver-v2.mjs",
			providers: []string{"naver"},
		},
		{
			name: "goth", module: "github.com/markbates/goth",
			providers: []string{"kakao", "naver", "google", "apple", "line", "oidc"},
		},
	}
}
