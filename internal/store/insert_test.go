package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
)

func TestRowInsertNumbersItsParameters(t *testing.T) {
	t.Parallel()
	i := newInsert("t (a, b)")
	if want := "INSERT INTO t (a, b)\nVALUES ($1, $2), ($3, $4), ($5, $6)"; i.columns != 2 || i.texts[2] != want {
		t.Errorf("%d columns, %q, want %q", i.columns, i.texts[2], want)
	}
}

// No number of rows is lost or written twice, also beyond what one statement takes.
func TestRowInsertWritesEveryRowOnce(t *testing.T) {
	t.Parallel()
	w, look := scratch(t, 1)
	i := newInsert("t (v)")
	most := len(i.texts)
	next := int64(0)
	var want []string
	for _, n := range []int{0, 1, 2, most - 1, most, most + 1, 2*most + 3} {
		var args []any
		for range n {
			args = append(args, next)
			want = append(want, fmt.Sprint(next))
			next++
		}
		if err := w.write(t.Context(), func(t tx) error { return i.put(t, args) }); err != nil {
			t.Fatalf("%d rows: %v", n, err)
		}
	}
	if got := rowsIn(t, look); got != strings.Join(want, " ") {
		t.Errorf("rows are %q, want %q", got, want)
	}
}

// A nickname may hold a control character.
func TestSignInWithControlCharacterInNickname(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Config{DSN: filepath.Join(t.TempDir(), "norang.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var first account.ID
	for n := range 2 {
		at := now.Add(time.Duration(n) * time.Minute)
		id := func(kind int) string { return fmt.Sprintf("01932b1c-0000-7000-8000-0000000000%d%d", kind, n) }
		c := login.Completion{
			Attempt: login.AttemptKey{byte(n)}, At: at, UserID: account.ID(id(1)), IdentityID: id(2),
			Key:     account.Key{Provider: "kakao", Namespace: "1", Subject: "7"},
			Profile: account.Profile{Nickname: "a\x1fb"},
			Session: session.Session{ID: id(3), Key: session.Key{byte(n + 1)}, CreatedAt: at, AuthTime: at, SeenAt: at,
				IdleExpiresAt: at.Add(time.Hour), ExpiresAt: at.Add(time.Hour)},
		}
		if _, err := db.Claim(t.Context(), c.Attempt, at, at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		o, err := db.Finish(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = o.Principal.User.ID
		}
		if o.New != (n == 0) || o.Principal.User.ID != first || o.Principal.Identity.Profile != c.Profile {
			t.Errorf("sign-in %d: new %v, %v, %+v", n, o.New, o.Principal.User.ID, o.Principal.Identity.Profile)
		}
	}
}
