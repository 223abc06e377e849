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

// endsRun measures how long a process with a session in memory accepts it after it was revoked elsewhere.
func endsRun(ctx context.Context, o options, dir string) (string, error) {
	var b strings.Builder
	b.WriteString("## Revocation by another process\n\nTime from the response to the revocation until `GET /auth/verify`, " +
		"requested continuously at a process with the session in memory, answers 401. The goal is a second.\n\n" +
		"| | median | maximum | count |\n|---|---|---|---|\n")
	line := func(title string, took []time.Duration) {
		slices.Sort(took)
		median, longest := took[len(took)/2], took[len(took)-1]
		fmt.Fprintf(&b, "| %s | %.1f ms | %.1f ms | %d |\n",
			title, 1e3*median.Seconds(), 1e3*longest.Seconds(), len(took))
	}
	program, err := build(ctx, dir)
	if err != nil {
		return "", err
	}
	service := &contender{title: "norang", name: "norang", plan: plan{Dir: filepath.Join(dir, "ends"), Sessions: 50}}
	if err := service.start(ctx); err != nil {
		return "", err
	}
	defer service.stop()
	took, err := ends(service, func(cookie string) error {
		return revoke(ctx, program, config(service.plan).Database, cookie)
	})
	if err != nil {
		return "", err
	}
	line("command `norang session revoke`, SQLite", took)
	if o.postgres == "" {
		return b.String(), nil
	}
	first := &contender{title: "replica 1", name: "norang", plan: plan{
		Dir: filepath.Join(dir, "ends-pg"), Sessions: 250, Database: o.postgres,
	}}
	if err := first.start(ctx); err != nil {
		return "", err
	}
	defer first.stop()
	second := &contender{title: "replica 2", name: "norang", plan: first.plan}
	if err := second.plan.listen(); err != nil {
		return "", err
	}
	if err := second.launch(ctx); err != nil {
		return "", err
	}
	defer second.stop()
	took, err = ends(first, func(cookie string) error { return signOutAt(ctx, second.plan.Addr, cookie) })
	if err != nil {
		return "", err
	}
	line("sign-out at another replica, PostgreSQL", took)
	return b.String(), nil
}

// ends revokes the target's sessions one by one by calling end, and returns how long the target accepted them.
func ends(c *contender, end func(cookie string) error) ([]time.Duration, error) {
	var took []time.Duration
	for _, cookie := range c.cookies {
		if err := verifyOnce(c.plan.Addr, verifyPath, []string{cookie}, 1); err != nil { // loads the session into memory
			return nil, err
		}
		if err := end(cookie); err != nil {
			return nil, err
		}
		began := time.Now()
		for {
			signedIn, err := isSignedIn(c.plan.Addr, cookie)
			if err != nil {
				return nil, err
			}
			if !signedIn {
				break
			}
			if time.Since(began) > 10*time.Second {
				return nil, errors.New("session still accepted 10s after revocation")
			}
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// isSignedIn reports whether a target accepts a session.
func isSignedIn(addr, cookie string) (bool, error) {
	asked := false
	_, bad, err := verifyConn(addr, verifyPath, func() (string, bool) {
		more := !asked
		asked = true
		return cookie, more
	})
	return bad == 0, err
}

// signOutAt signs the user out at one replica.
func signOutAt(ctx context.Context, addr, cookie string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/auth/signout", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Cookie", sessionCookie(addr, cookie))
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

// revoke revokes a session by the command for operators.
func revoke(ctx context.Context, program, database, cookie string) error {
	_, value, _ := strings.Cut(cookie, "=")
	token, ok := session.Parse(value)
	if !ok {
		return errors.New("malformed session cookie")
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
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(database), "NORANG_DATABASE=" + database,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("session revoke: %w: %s", err, out)
	}
	return nil
}
