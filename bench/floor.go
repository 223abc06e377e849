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

// floorTarget is the least that a login can be: net/http, two calls out, one durable transaction that it shares with
// whoever waits as well. It checks nothing, so nothing can be cheaper.
func floorTarget(p plan) (http.Handler, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.Dir, "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS people (subject TEXT PRIMARY KEY, seen INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (key INTEGER PRIMARY KEY, subject TEXT)`); err != nil {
		return nil, err
	}
	writes := make(chan floorWrite, 1024)
	go floorWriter(db, writes)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/kakao", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "attempt", Value: "x"})
		w.Header().Set("Location", p.Kakao+"/oauth/authorize?state=s&nonce=n")
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("GET /oauth/kakao/callback", func(w http.ResponseWriter, r *http.Request) {
		subject, err := floorLogin(r.Context(), client, p.Kakao, r.URL.Query().Get("code"))
		if err == nil {
			done := make(chan error, 1)
			writes <- floorWrite{subject, done}
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

func floorLogin(ctx context.Context, client *http.Client, kakao, code string) (string, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {"emu-bench"}, "code": {code}}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := floorCall(ctx, client, http.MethodPost, kakao+"/oauth/token", form.Encode(), "", &token); err != nil {
		return "", err
	}
	var me struct {
		ID int64 `json:"id"`
	}
	err := floorCall(ctx, client, http.MethodGet, kakao+"/v2/user/me", "", "Bearer "+token.AccessToken, &me)
	return fmt.Sprint(me.ID), err
}

func floorCall(ctx context.Context, client *http.Client, method, address, body, auth string, into any) error {
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

type floorWrite struct {
	subject string
	done    chan error
}

// floorWriter commits whatever waits in one transaction.
func floorWriter(db *sql.DB, writes <-chan floorWrite) {
	for w := range writes {
		batch := []floorWrite{w}
		for more := true; more && len(batch) < 256; {
			select {
			case w := <-writes:
				batch = append(batch, w)
			default:
				more = false
			}
		}
		err := floorCommit(db, batch)
		for _, w := range batch {
			w.done <- err
		}
	}
}

func floorCommit(db *sql.DB, batch []floorWrite) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, w := range batch {
		if _, err := tx.Exec(`INSERT INTO people VALUES ($1, 1) ON CONFLICT DO UPDATE SET seen = seen + 1`, w.subject); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO sessions (subject) VALUES ($1)`, w.subject); err != nil {
			return err
		}
	}
	return tx.Commit()
}
