package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite"
)

// baselineTarget does the minimum of a sign-in: net/http, two calls to Kakao, and one durable transaction, shared with
// other waiting sign-ins. It checks nothing.
func baselineTarget(p plan) (http.Handler, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.Dir, "baseline.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS users (subject TEXT PRIMARY KEY, seen INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (key INTEGER PRIMARY KEY, subject TEXT)`); err != nil {
		return nil, err
	}
	writes := make(chan baselineWrite, 1024)
	go baselineWriter(db, writes)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/kakao", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "attempt", Value: "x"})
		w.Header().Set("Location", p.Kakao+"/oauth/authorize?state=s&nonce=n")
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("GET /oauth/kakao/callback", func(w http.ResponseWriter, r *http.Request) {
		subject, err := baselineSignIn(r.Context(), client, p.Kakao, r.URL.Query().Get("code"))
		if err == nil {
			done := make(chan error, 1)
			writes <- baselineWrite{subject, done}
			err = <-done
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "x"})
		w.Header().Set("Location", "/")
		w.WriteHeader(http.StatusSeeOther)
	})
	return mux, nil
}

func baselineSignIn(ctx context.Context, client *http.Client, kakao, code string) (string, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {"emu-bench"}, "code": {code}}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := baselineCall(ctx, client, http.MethodPost, kakao+"/oauth/token", form.Encode(), "", &token); err != nil {
		return "", err
	}
	var me struct {
		ID int64 `json:"id"`
	}
	err := baselineCall(ctx, client, http.MethodGet, kakao+"/v2/user/me", "", "Bearer "+token.AccessToken, &me)
	return fmt.Sprint(me.ID), err
}

func baselineCall(ctx context.Context, client *http.Client, method, address, body, auth string, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

type baselineWrite struct {
	subject string
	done    chan error
}

// baselineWriter commits all waiting writes in one transaction.
func baselineWriter(db *sql.DB, writes <-chan baselineWrite) {
	for w := range writes {
		batch := []baselineWrite{w}
		for more := true; more && len(batch) < 256; {
			select {
			case w := <-writes:
				batch = append(batch, w)
			default:
				more = false
			}
		}
		err := baselineCommit(db, batch)
		for _, w := range batch {
			w.done <- err
		}
	}
}

func baselineCommit(db *sql.DB, batch []baselineWrite) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, w := range batch {
		const user = `INSERT INTO users VALUES ($1, 1) ON CONFLICT DO UPDATE SET seen = seen + 1`
		if _, err := tx.Exec(user, w.subject); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO sessions (subject) VALUES ($1)`, w.subject); err != nil {
			return err
		}
	}
	return tx.Commit()
}
