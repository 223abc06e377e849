// Command chi is a service with a chi router and norang inside: Require and Optional are middleware of the usual form.
package main

import (
	"cmp"
	"html/template"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/norang-login/norang"
)

func main() {
	svc, err := norang.New(config())
	if err != nil {
		log.Fatal(err)
	}
	defer svc.Close()
	app := chi.NewRouter()
	app.With(svc.Optional).Get("/", home)
	app.Route("/my", func(r chi.Router) {
		r.Use(svc.Require)
		r.Get("/", home)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "8000"), svc.Wrap(app)))
}

// home shows the user of the request. user.ID is the key for the app's own user table.
func home(w http.ResponseWriter, r *http.Request) {
	user, ok := norang.UserFrom(r.Context())
	if err := page.Execute(w, map[string]any{"SignedIn": ok, "Name": cmp.Or(user.Nickname, "회원")}); err != nil {
		log.Print(err)
	}
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
<title>Go 가게</title>
<style>:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }</style>
<main>
  <h1>Go 가게</h1>
  {{if .SignedIn}}
  <p id="user">{{.Name}}님, 안녕하세요.</p>
  <form method="post" action="/auth/signout">
    <input type="hidden" name="return_to" value="/"><button>로그아웃</button>
  </form>
  <p><a href="/oauth/kakao/signout?return_to=/">카카오계정도 함께 로그아웃</a></p>
  {{else}}
  <p><a href="/oauth/kakao?return_to=/">카카오로 시작하기</a></p>
  {{end}}
</main>
</html>
`))
