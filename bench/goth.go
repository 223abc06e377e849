package main

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/sessions"
	"github.com/markbates/goth"
	"github.com/markbates/goth/gothic"
	"github.com/markbates/goth/providers/kakao"
)

// gothTarget is a sign-in built from common libraries as their READMEs describe: goth for Kakao, scs for sessions and
// a table of users on SQLite, with durable transactions through database/sql.
func gothTarget(p plan) (http.Handler, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.Dir, "goth.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite allows one writer
	if _, err := db.Exec(`CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE INDEX sessions_expiry_idx ON sessions (expiry);
CREATE TABLE users (id INTEGER PRIMARY KEY, kakao_id TEXT NOT NULL UNIQUE, nickname TEXT, email TEXT,
seen INTEGER NOT NULL)`); err != nil {
		return nil, err
	}
	m := scs.New()
	m.Store = sqlite3store.New(db)
	gothic.Store = sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
	gothic.GetProviderName = func(*http.Request) (string, error) { return "kakao", nil }
	to, err := url.Parse(p.Kakao)
	if err != nil {
		return nil, err
	}
	provider := kakao.New("emu-bench", "emu-secret", "http://"+p.Addr+"/oauth/kakao/callback")
	provider.HTTPClient = &http.Client{Transport: redirected{to, &http.Transport{MaxIdleConnsPerHost: 64}}}
	goth.UseProviders(provider)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/kakao", func(w http.ResponseWriter, r *http.Request) {
		address, err := gothic.GetAuthURL(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, address, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /oauth/kakao/callback", func(w http.ResponseWriter, r *http.Request) {
		user, err := gothic.CompleteUserAuth(w, r)
		if err == nil {
			_, err = db.ExecContext(r.Context(), `INSERT INTO users (kakao_id, nickname, email, seen)
VALUES ($1, $2, $3, $4) ON CONFLICT (kakao_id) DO UPDATE SET nickname = $2, email = $3, seen = $4`,
				user.UserID, user.NickName, user.Email, time.Now().Unix())
		}
		if err == nil {
			err = m.RenewToken(r.Context())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		m.Put(r.Context(), "kakao_id", user.UserID)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return m.LoadAndSave(mux), nil
}

// redirected sends all requests to the fake Kakao, because the URLs of goth's provider are fixed.
type redirected struct {
	to   *url.URL
	next http.RoundTripper
}

func (t redirected) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = t.to.Scheme, t.to.Host
	return t.next.RoundTrip(r)
}
