package norang_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/norangtest"
)

const preview = "https://pr-7-shop.vercel.app"

func TestOrigins(t *testing.T) {
	t.Parallel()
	ctx, database := t.Context(), filepath.Join(t.TempDir(), "norang.db")
	svc := norangtest.New(t, norang.Config{Database: database, Origins: []string{"https://app.example.com"}})
	origins := svc.Origins().As(norang.Actor{Account: "kim", Reason: "preview of pull request 7"})
	if _, err := svc.LoginURL(preview + "/cart"); err == nil {
		t.Fatal("an origin that was not added is allowed")
	}
	added, err := origins.Add(ctx, preview, 7*24*time.Hour)
	if err != nil || added.Origin != preview || added.ExpiresAt.Sub(added.CreatedAt) != 7*24*time.Hour {
		t.Fatalf("%+v, %v", added, err)
	}
	if _, err := svc.LoginURL(preview + "/cart"); err != nil {
		t.Errorf("the added origin: %v", err)
	}
	for text, want := range map[string]error{
		"":                        norang.ErrOrigin,
		"https://*.vercel.app":    norang.ErrOrigin,
		"https://a.vercel.app/x":  norang.ErrOrigin,
		"http://a.vercel.app":     norang.ErrOrigin,
		"https://vercel.app":      norang.ErrOriginSuffix,
		"https://app.example.com": norang.ErrOriginKnown,
	} {
		if _, err := origins.Add(ctx, text, 24*time.Hour); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	for _, life := range []time.Duration{0, time.Hour, 31 * 24 * time.Hour} {
		if _, err := origins.Add(ctx, preview, life); !errors.Is(err, norang.ErrOriginLife) {
			t.Errorf("%v: %v", life, err)
		}
	}
	list, err := origins.List(ctx)
	if diff := cmp.Diff([]norang.PreviewOrigin{added}, list); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := origins.Remove(ctx, preview); err != nil {
		t.Error(err)
	}
	if err := origins.Remove(ctx, added.ID); !errors.Is(err, norang.ErrNoOrigin) {
		t.Errorf("removed twice: %v", err)
	}
	if _, err := svc.LoginURL(preview + "/cart"); err == nil {
		t.Error("a removed origin is allowed")
	}
	if err := svc.Origins().As(norang.Actor{Account: "no body"}).Remove(ctx, preview); !errors.Is(err, norang.ErrActor) {
		t.Errorf("an invalid actor: %v", err)
	}
	want := []string{
		"operator:kim access.origin.add done", "operator:kim access.origin.list done",
		"operator:kim access.origin.remove done", "operator:kim access.origin.remove not_found",
	}
	if diff := cmp.Diff(want, accesses(t, database)); diff != "" {
		t.Error(diff)
	}
}

// What the app reads of its users without an operator is recorded too.
func TestTokensAndEventsLeaveAccessRecords(t *testing.T) {
	t.Parallel()
	ctx, database := t.Context(), filepath.Join(t.TempDir(), "norang.db")
	svc := norangtest.New(t, norang.Config{Database: database, KeepKakaoTokens: "session"})
	user := norangtest.SignIn(t, svc, kakaotest.PersonaRyan)
	found, next, err := svc.Events(ctx, 0, 0)
	if err != nil || len(found) == 0 {
		t.Fatalf("%d events, %v", len(found), err)
	}
	if again, _, err := svc.Events(ctx, next, 10); err != nil || len(again) != 0 {
		t.Fatalf("%d events, %v", len(again), err)
	}
	if _, err := svc.KakaoToken(ctx, user.ID); err != nil {
		t.Fatal(err)
	}
	calls := 0
	failed := errors.New("the app's own")
	err = svc.UseKakaoToken(ctx, user.ID, func(_ context.Context, token kakao.Secret) error {
		if records := accesses(t, database); records[len(records)-1] != "operator:app access.user.provider_token done" ||
			len(records) != 3 {
			t.Errorf("called before it was recorded: %q", records)
		}
		calls++
		return failed
	})
	if !errors.Is(err, failed) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	for _, id := range []string{"", "somebody", "01932b1c-0000-7000-8000-000000000000"} {
		if _, err := svc.KakaoToken(ctx, id); !errors.Is(err, norang.ErrNoKakaoToken) {
			t.Errorf("%q: %v", id, err)
		}
	}
	want := []string{
		"operator:app access.event.list done", "operator:app access.user.provider_token done",
		"operator:app access.user.provider_token done",
	}
	want = slices.Concat(want, slices.Repeat([]string{"operator:app access.user.provider_token not_found"}, 3))
	got := slices.DeleteFunc(accesses(t, database), func(record string) bool {
		return strings.HasPrefix(record, "operator:reader ")
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
