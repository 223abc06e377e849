// Command admin-go is an admin page for the users of a Go service with norang inside: it lists, disables, enables and
// signs out users. ADMINS are the ids of the users who may open /admin, separated by blanks.
package main

import (
	"cmp"
	"context"
	"html/template"
	"log"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/norang-login/norang"
)

func main() {
	svc, err := norang.New(config())
	if err != nil {
		log.Fatal(err)
	}
	defer svc.Close()
	h := handler(svc, strings.Fields(os.Getenv("ADMINS")))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "8000"), h))
}

// handler serves the admin page. Go's CrossOriginProtection refuses forms that another site makes a browser send.
func handler(svc *norang.Service, admins []string) http.Handler {
	actions := map[string]func(u *norang.Users, ctx context.Context, who string) error{
		"disable": (*norang.Users).Disable,
		"enable":  (*norang.Users).Enable,
		"signout": func(u *norang.Users, ctx context.Context, who string) error {
			_, err := u.RevokeSessions(ctx, who)
			return err
		},
	}
	admin := func(do func(w http.ResponseWriter, r *http.Request, users *norang.Users) error) http.Handler {
		return svc.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			me, _ := norang.UserFrom(r.Context())
			if !slices.Contains(admins, me.ID) {
				http.Error(w, "관리자만 볼 수 있습니다.", http.StatusForbidden)
				return
			}
			actor := norang.Actor{Account: me.ID, Reason: r.PostFormValue("reason"), Request: r}
			if err := do(w, r, svc.Users().As(actor)); err != nil {
				log.Print(err)
				http.Error(w, "처리하지 못했습니다.", http.StatusInternalServerError)
			}
		}))
	}
	app := http.NewServeMux()
	app.Handle("GET /admin", admin(func(w http.ResponseWriter, r *http.Request, users *norang.Users) error {
		list, err := users.List(r.Context(), norang.UserFilter{After: r.FormValue("after"), Limit: 50})
		if err != nil {
			return err
		}
		return page.Execute(w, list)
	}))
	app.Handle("POST /admin", admin(func(w http.ResponseWriter, r *http.Request, users *norang.Users) error {
		action, ok := actions[r.PostFormValue("action")]
		if !ok {
			http.Error(w, "모르는 동작입니다.", http.StatusBadRequest)
			return nil
		}
		if err := action(users, r.Context(), "id:"+r.PostFormValue("id")); err != nil {
			return err
		}
		http.Redirect(w, r, "/admin", http.StatusSeeOther)
		return nil
	}))
	return svc.Wrap(http.NewCrossOriginProtection().Handler(app))
}

// config reads the settings by the names that norang's commands use. With KAKAO_AUTH_URL the service runs against an
// emulator.
func config() norang.Config {
	appID, _ := strconv.ParseInt(os.Getenv("KAKAO_APP_ID"), 10, 64)
	return norang.Config{
		URL:           cmp.Or(os.Getenv("NORANG_URL"), "http://localhost:8000"),
		AllowEmulator: os.Getenv("KAKAO_AUTH_URL") != "",
		Kakao: norang.Kakao{
			AppID:        appID,
			ClientID:     os.Getenv("KAKAO_CLIENT_ID"),
			ClientSecret: os.Getenv("KAKAO_CLIENT_SECRET"),
			AdminKeys:    []string{os.Getenv("KAKAO_ADMIN_KEY")},
			AuthURL:      os.Getenv("KAKAO_AUTH_URL"),
			APIURL:       os.Getenv("KAKAO_API_URL"),
			Issuer:       os.Getenv("KAKAO_ISSUER"),
		},
	}
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>회원 관리</title>
<style>:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }</style>
<main>
  <h1>회원 관리</h1>
  <table>
    <thead><tr><th>닉네임</th><th>회원번호</th><th>상태</th><th>동작</th></tr></thead>
    {{range .Users}}
    <tr>
      <td>{{range $i, $one := .Identities}}{{if not $i}}{{$one.Nickname}}{{end}}{{end}}</td>
      <td>{{or .Ref .ID}}</td>
      <td>{{.Status}}</td>
      <td><form method="post" action="/admin">
        <input type="hidden" name="id" value="{{.ID}}">
        <input name="reason" aria-label="사유" maxlength="100" required>
        {{if eq .Status "disabled"}}<button name="action" value="enable">정지 해제</button>
        {{else}}<button name="action" value="disable">이용 정지</button>{{end}}
        <button name="action" value="signout">모든 기기에서 로그아웃</button>
      </form></td>
    </tr>
    {{end}}
  </table>
  {{if .HasMore}}<p><a href="/admin?after={{.Next}}">다음</a></p>{{end}}
</main>
</html>
`))
