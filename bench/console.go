package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// consoleOps is the address of the console that is measured. Nothing listens there: requests go to the handler.
const consoleOps = "https://ops.bench.test"

// consolePages measures the pages of the operator's console on a filled database, with their access records: the best
// and the median of n requests each. It first fills the logs for that number of users.
func consolePages(ctx context.Context, f filling, n int, logf func(string, ...any)) (err error) {
	db, err := store.Open(ctx, store.Config{DSN: f.database})
	if err != nil {
		return err
	}
	ids, err := allUsers(ctx, db)
	if err == nil && len(ids) < 10 {
		err = fmt.Errorf("%d users, at least 10 are needed", len(ids))
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := fillLogs(ctx, f.database, ids, logf); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "norang-console-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p := plan{Dir: dir, Addr: "bench.test", Filled: f.database}
	if err := makeKeys(p); err != nil {
		return err
	}
	cookie, err := enterConsole(ctx, p, ids[0])
	if err != nil {
		return err
	}
	cfg := config(p)
	cfg.URL, cfg.OpsURL = "https://bench.test", consoleOps
	svc, err := norang.New(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, svc.Close()) }()
	b := &consoleBrowser{ops: svc.Ops(), cookie: cookie}
	return b.measure(ids, n, logf)
}

// enterConsole makes a user an operator, with a session that has given its second factor, and returns its cookie.
func enterConsole(ctx context.Context, p plan, id account.ID) (cookie string, err error) {
	db, err := store.Open(ctx, store.Config{DSN: p.Filled})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keys, err := seal.Load(filepath.Join(p.Dir, "norang.keys"))
	if err != nil {
		return "", err
	}
	s, err := console.New(console.Config{Store: db, Roles: db, Keys: keys, Issuer: "bench"})
	if err != nil {
		return "", err
	}
	by := audit.Operator("bench", "", audit.Client{})
	if err := s.ResetFactor(ctx, console.Change{UserID: id, Actor: by}); err != nil &&
		!errors.Is(err, console.ErrNoMember) {
		return "", err
	}
	if err := s.Grant(ctx, console.Change{UserID: id, Role: console.Operator, Actor: by}); err != nil {
		return "", err
	}
	verifier, challenge, err := s.Verifier()
	if err != nil {
		return "", err
	}
	code, err := s.Code(id, time.Now(), challenge, "/admin/")
	if err != nil {
		return "", err
	}
	token, _, err := s.Enter(ctx, code, verifier, session.Token{}, audit.Client{})
	if err != nil {
		return "", err
	}
	principal, err := s.Find(ctx, token)
	if err != nil {
		return "", err
	}
	enrolment, _, err := s.Enrol(ctx, principal)
	if err != nil {
		return "", err
	}
	digits, err := totp.GenerateCode(enrolment.Secret, time.Now())
	if err != nil {
		return "", err
	}
	return "__Host-norang-console=" + token.Reveal(), s.Confirm(ctx, principal, digits, by)
}

// consoleBrowser sends requests to the console.
type consoleBrowser struct {
	ops    http.Handler
	cookie string
	csrf   string
}

// do returns the body and the time of a request; a form is sent by POST.
func (b *consoleBrowser) do(path string, form url.Values) (body string, took time.Duration, err error) {
	method, text := http.MethodGet, ""
	if form != nil {
		form.Set("csrf", b.csrf)
		method, text = http.MethodPost, form.Encode()
	}
	r := httptest.NewRequest(method, consoleOps+path, strings.NewReader(text))
	r.Header.Set("Cookie", b.cookie)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "ko")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	began := time.Now()
	b.ops.ServeHTTP(w, r)
	took = time.Since(began)
	if w.Code != http.StatusOK && w.Code != http.StatusSeeOther ||
		strings.HasPrefix(w.Header().Get("Location"), "/admin/login") {
		return "", took, fmt.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Location"))
	}
	return w.Body.String(), took, nil
}

// next follows a list for some pages, and returns the address of the page after them.
func (b *consoleBrowser) next(path string, pages int) (string, error) {
	for range pages {
		body, _, err := b.do(path, nil)
		if err != nil {
			return "", err
		}
		i := strings.Index(body, ` rel="next"`)
		if i < 0 {
			return path, nil
		}
		link := body[:i]
		link = link[strings.LastIndex(link, `href="`)+len(`href="`):]
		path = html.UnescapeString(strings.TrimSuffix(link, `"`))
	}
	return path, nil
}

func (b *consoleBrowser) measure(ids []account.ID, n int, logf func(string, ...any)) error {
	body, _, err := b.do("/admin/people", nil)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(body, `name="csrf" value="`)
	b.csrf, _, _ = strings.Cut(rest, `"`)
	middle := string(ids[len(ids)/2])
	deepLog, err := b.next("/admin/audit", 20)
	if err != nil {
		return err
	}
	search := func(by, q string) url.Values { return url.Values{"by": {by}, "q": {q}} }
	oldest, nick := subject(0), "person"+subject(len(ids) - 1)[:6]
	logf("%d users, %d requests of each page", len(ids), n)
	for _, p := range []struct {
		title, path string
		form        url.Values
	}{
		{"overview, a day", "/admin/overview", nil},
		{"overview, a month", "/admin/overview?range=month", nil},
		{"users", "/admin/people", nil},
		{"users, in the middle", "/admin/people?after=" + middle, nil},
		{"users, suspended", "/admin/people?status=disabled", nil},
		{"search by id", "/admin/people", search("id", "id:"+middle)},
		{"search by the provider's number", "/admin/people", search("id", "kakao:"+oldest)},
		{"search by e-mail address", "/admin/people", search("email", "person"+oldest+"@example.com")},
		{"search by nickname", "/admin/people", search("nickname", nick)},
		{"a user", "/admin/people/" + middle, nil},
		{"time line of a user", "/admin/people/" + middle + "/line", nil},
		{"failed sign-ins", "/admin/attempts", nil},
		{"failed sign-ins, a code", "/admin/attempts?code=login.expired", nil},
		{"failed sign-ins, a provider", "/admin/attempts?provider=kakao", nil},
		{"user log", "/admin/audit", nil},
		{"user log, page 21", deepLog, nil},
		{"user log, a user", "/admin/audit?user=" + middle, nil},
		{"user log, nothing found", "/admin/audit?kind=user.merged", nil},
		{"access records", "/admin/access", nil},
		{"access records of an account", "/admin/access?account=kim", nil},
		{"provider notices", "/admin/notices", nil},
		{"jobs", "/admin/jobs", nil},
		{"jobs given up", "/admin/jobs?state=dead", nil},
		{"events", "/admin/events", nil},
		{"operators", "/admin/operators", nil},
		{"API keys", "/admin/keys", nil},
		{"settings", "/admin/settings", nil},
	} {
		took := make([]time.Duration, n)
		for i := range took {
			if _, took[i], err = b.do(p.path, p.form); err != nil {
				return err
			}
		}
		slices.Sort(took)
		logf("%s | %.2f ms | %.2f ms", p.title, ms(took[0]), ms(took[n/2]))
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// fillLogs adds what the service would have written about the users besides themselves: a sign-in each, an access
// record and a job for one in ten, an event each, 10,000 failed sign-ins and a month of figures; less for fewer users.
func fillLogs(ctx context.Context, database string, ids []account.ID, logf func(string, ...any)) (err error) {
	into, used, done, err := openLogs(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	if used {
		return nil
	}
	began := time.Now()
	now := began.UnixMilli()
	month := 30 * 24 * time.Hour.Milliseconds()
	users := len(ids)
	at := func(i, n int) int64 { return now - month + int64(i)*month/int64(n) }
	user := func(i int) string { return string(ids[users-1-i%users]) }
	rows := []struct {
		table   string
		columns []string
		n       int
		row     func(i, n int) []any
	}{
		{"audit_log", []string{"class", "at", "kind", "actor", "user_id", "address"}, users, func(i, n int) []any {
			return []any{"member", at(i, n), "session.signed_in", user(i), user(i), "192.0.2.1"}
		}},
		{"audit_log", []string{"class", "at", "kind", "actor", "user_id", "address", "outcome"}, users/10 + 1,
			func(i, n int) []any {
				return []any{
					"access", at(i, n), "access.user.page", []string{"operator:kim", "operator:lee"}[i%2], user(i * 10),
					"192.0.2.2", "done",
				}
			}},
		{"jobs", []string{"kind", "key", "state", "attempts", "run_at", "created_at", "ended_at", "about"}, users/10 + 1,
			func(i, n int) []any {
				return []any{
					[]string{"unlink", "notice", "end_grant"}[i%3], fmt.Sprint("bench", i), []string{"done", "done", "dead"}[i%3],
					int64(1), at(i, n), at(i, n), at(i, n), user(i * 10),
				}
			}},
		{"events", []string{"pos", "at", "kind", "user_id"}, users, func(i, n int) []any {
			return []any{int64(i + 1), at(i, n), "user.created", user(i)}
		}},
		{"failed_attempts", []string{"at", "request_id", "code", "provider", "browser", "device", "user_id"},
			min(users, 10_000), func(i, n int) []any {
				return []any{
					at(i, n), fmt.Sprintf("bench-%d", i), []string{"login.expired", "provider.unavailable"}[i%2],
					[]string{"kakao", "naver"}[i%2], "chrome", "mobile", user(i),
				}
			}},
		{"figures", []string{"span", "metric", "at", "label", "n", "total"}, 31 * 24 * 8 * 20, func(i, _ int) []any {
			metrics := []string{
				"started", "returned", "started_at", "returned_from", "sign_ins", "failures", "provider_calls", "sessions",
			}
			label, hour := i%20, int64(i/20/8)
			return []any{
				int64(3600), metrics[i/20%8], (now/3_600_000 - 31*24 + hour) * 3_600_000, fmt.Sprintf("label%d x", label),
				int64(100), int64(5000),
			}
		}},
	}
	for _, r := range rows {
		if err := into(ctx, r.table, r.columns, r.n, func(i int) ([]any, error) { return r.row(i, r.n), nil }); err != nil {
			return fmt.Errorf("%s: %w", r.table, err)
		}
	}
	logf("logs, jobs and events in %v", time.Since(began).Round(time.Second))
	return nil
}

// openLogs opens a filled database to add rows; used reports that fillLogs has done so.
func openLogs(ctx context.Context, database string) (into bulk, used bool, done func() error, err error) {
	const count = "SELECT EXISTS (SELECT 1 FROM failed_attempts)"
	if isPostgres(database) {
		c, err := pgx.Connect(ctx, database)
		if err != nil {
			return nil, false, nil, err
		}
		done = func() error {
			_, err := c.Exec(ctx, "VACUUM ANALYZE")
			return errors.Join(err, c.Close(ctx))
		}
		if _, err = c.Exec(ctx, "SET search_path = norang"); err == nil {
			err = c.QueryRow(ctx, count).Scan(&used)
		}
		return func(ctx context.Context, table string, columns []string, n int, row func(i int) ([]any, error)) error {
			_, err := c.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, row))
			return err
		}, used, done, err
	}
	db, err := sql.Open("sqlite", "file:"+database+"?_pragma=synchronous(OFF)&_pragma=cache_size(-400000)")
	if err != nil {
		return nil, false, nil, err
	}
	db.SetMaxOpenConns(1)
	done = func() error {
		_, err := db.ExecContext(ctx, "ANALYZE")
		return errors.Join(err, db.Close())
	}
	into = func(ctx context.Context, table string, columns []string, n int, row func(i int) ([]any, error)) error {
		return insertMany(ctx, db, table+" ("+strings.Join(columns, ", ")+")", len(columns), n, row)
	}
	return into, used, done, db.QueryRowContext(ctx, count).Scan(&used)
}
