package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// endsRun: how long a session that is in memory here outlives its end somewhere else.
func endsRun(ctx context.Context, o options, dir string) (string, error) {
	var b strings.Builder
	b.WriteString("## A session that ends elsewhere\n\nFrom the answer to whoever ended it until `GET /auth/verify`, asked without pause at a process that has it in memory, says no. The goal is a second.\n\n" +
		"| | median | longest | times |\n|---|---|---|---|\n")
	line := func(what string, took []time.Duration) {
		slices.Sort(took)
		fmt.Fprintf(&b, "| %s | %.1f ms | %.1f ms | %d |\n", what, 1e3*took[len(took)/2].Seconds(), 1e3*took[len(took)-1].Seconds(), len(took))
	}
	program, err := build(ctx, dir)
	if err != nil {
		return "", err
	}
	beside := &contender{title: "norang", name: "norang", plan: plan{Dir: filepath.Join(dir, "ends"), Sessions: 50}}
	if err := beside.start(ctx); err != nil {
		return "", err
	}
	defer beside.stop()
	took, err := ends(beside, func(cookie string) error {
		return revoke(ctx, program, config(beside.plan).Database, cookie)
	})
	if err != nil {
		return "", err
	}
	line("`norang session revoke` beside the service, SQLite", took)
	if o.postgres == "" {
		return b.String(), nil
	}
	here := &contender{title: "here", name: "norang", plan: plan{Dir: filepath.Join(dir, "ends-pg"), Sessions: 250, Database: o.postgres}}
	if err := here.start(ctx); err != nil {
		return "", err
	}
	defer here.stop()
	there := &contender{title: "there", name: "norang", plan: here.plan}
	if err := there.plan.listen(); err != nil {
		return "", err
	}
	if err := there.launch(ctx); err != nil {
		return "", err
	}
	defer there.stop()
	took, err = ends(here, func(cookie string) error { return signOutAt(ctx, there.plan.Addr, cookie) })
	if err != nil {
		return "", err
	}
	line("sign-out at another replica, PostgreSQL", took)
	return b.String(), nil
}

// ends has every session of a target ended somewhere else, one by one.
func ends(c *contender, end func(cookie string) error) ([]time.Duration, error) {
	var took []time.Duration
	for _, cookie := range c.cookies {
		if err := verifyOnce(c.plan.Addr, []string{cookie}, 1); err != nil { // now it is in memory
			return nil, err
		}
		if err := end(cookie); err != nil {
			return nil, err
		}
		began := time.Now()
		for {
			in, err := isIn(c.plan.Addr, cookie)
			if err != nil {
				return nil, err
			}
			if !in {
				break
			}
			if time.Since(began) > 10*time.Second {
				return nil, errors.New("a session still works 10 s after its end")
			}
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// isIn asks one target for one session.
func isIn(addr, cookie string) (bool, error) {
	asked := false
	_, bad, err := verifyConn(addr, func() (string, bool) {
		more := !asked
		asked = true
		return cookie, more
	})
	return bad == 0, err
}

// signOutAt ends a session as its owner does, at one replica.
func signOutAt(ctx context.Context, addr, cookie string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/auth/signout", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "cors")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("sign-out: %s", resp.Status)
	}
	return nil
}

// revoke ends a session as an operator does.
func revoke(ctx context.Context, program, database, cookie string) error {
	_, value, _ := strings.Cut(cookie, "=")
	token, ok := session.Parse(value)
	if !ok {
		return errors.New("cookie not understood")
	}
	db, err := store.Open(ctx, store.Config{DSN: database})
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := db.Principal(ctx, token.Key())
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, "session", "revoke", p.Session.ID, "--reason", "bench")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(database), "NORANG_DATABASE=" + database}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("session revoke: %w: %s", err, out)
	}
	return nil
}
