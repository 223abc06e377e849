// Signs in at the providers in PROVIDERS with goth, whose addresses are built in: every connection goes to the emulators,
// as with entries in /etc/hosts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/apple"
	"github.com/markbates/goth/providers/google"
	"github.com/markbates/goth/providers/kakao"
	"github.com/markbates/goth/providers/line"
	"github.com/markbates/goth/providers/naver"
	"github.com/markbates/goth/providers/openidConnect"
)

var service = os.Getenv("SERVICE")

type account struct {
	ClientID   string `json:"client_id"`
	Secret     string `json:"client_secret"`
	Subject    string `json:"subject"`
	Email      string `json:"email"`
	TeamID     string `json:"team_id"`
	KeyID      string `json:"key_id"`
	PrivateKey string `json:"private_key"`
}

func main() {
	var accounts map[string]account
	if err := json.Unmarshal([]byte(os.Getenv("ACCOUNTS")), &accounts); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	http.DefaultTransport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", os.Getenv("EMULATORS_ADDRESS"))
	}
	failed := false
	for _, name := range strings.Split(os.Getenv("PROVIDERS"), ",") {
		if err := signIn(name, accounts[name]); err != nil {
			fmt.Println("failed:", name, err)
			failed = true
			continue
		}
		fmt.Println("signed in:", name)
	}
	if failed {
		os.Exit(1)
	}
}

func provider(name string, a account) (goth.Provider, error) {
	callback := service + "/callback/" + name
	switch name {
	case "kakao":
		return kakao.New(a.ClientID, a.Secret, callback, "account_email"), nil
	case "naver":
		return naver.New(a.ClientID, a.Secret, callback), nil
	case "google":
		return google.New(a.ClientID, a.Secret, callback, "openid", "email", "profile"), nil
	case "line":
		return line.New(a.ClientID, a.Secret, callback, "openid", "profile", "email"), nil
	case "oidc":
		return openidConnect.New(a.ClientID, a.Secret, callback,
			"https://login.example.com/realms/demo/.well-known/openid-configuration", "openid", "email", "offline_access")
	case "apple":
		now := time.Now()
		secret, err := apple.MakeSecret(apple.SecretParams{
			PKCS8PrivateKey: a.PrivateKey, TeamId: a.TeamID, KeyId: a.KeyID, ClientId: a.ClientID,
			Iat: int(now.Unix()), Exp: int(now.AddDate(0, 1, 0).Unix()),
		})
		if err != nil {
			return nil, err
		}
		return apple.New(a.ClientID, *secret, callback, nil, apple.ScopeName, apple.ScopeEmail), nil
	}
	return nil, errors.New("unknown provider")
}

func signIn(name string, a account) error {
	const state = "0123456789abcdef"
	p, err := provider(name, a)
	if err != nil {
		return err
	}
	session, err := p.BeginAuth(state)
	if err != nil {
		return err
	}
	address, err := session.GetAuthURL()
	if err != nil {
		return err
	}
	back, err := approve(address)
	if err != nil {
		return err
	}
	if back.Get("state") != state {
		return fmt.Errorf("state: %v", back)
	}
	if _, err := session.Authorize(p, back); err != nil {
		return fmt.Errorf("authorize: %w", err)
	}
	user, err := p.FetchUser(session)
	if err != nil {
		return fmt.Errorf("user: %w", err)
	}
	// goth reads no e-mail address of Kakao's users, and LINE's profile has none.
	if user.UserID != a.Subject || user.Email != a.Email && name != "kakao" && name != "line" {
		return fmt.Errorf("signed in as %s, %s", user.UserID, user.Email)
	}
	// Apple validates a refresh token once a day.
	if p.RefreshTokenAvailable() && name != "apple" {
		if token, err := p.RefreshToken(user.RefreshToken); err != nil || token.AccessToken == user.AccessToken {
			return fmt.Errorf("refresh: %v", err)
		}
	}
	return nil
}

var (
	form   = regexp.MustCompile(`(?s)<form method="post" action="([^"]*)"[^>]*>(.*?)</form>`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
	button = regexp.MustCompile(`<button[^>]* name="([^"]*)" value="([^"]*)"`)
)

// approve opens the authorize address as a browser, presses the first button of each page, and returns what comes back
// to the service.
func approve(address string) (url.Values, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	res, err := browser.Get(address)
	for range 10 {
		if err != nil {
			return nil, err
		}
		page, _ := io.ReadAll(res.Body)
		res.Body.Close()
		at := res.Request.URL
		if to, absent := res.Location(); absent == nil {
			if strings.HasPrefix(to.String(), service) {
				return to.Query(), nil
			}
			res, err = browser.Get(to.String())
			continue
		}
		found := form.FindStringSubmatch(string(page))
		if res.StatusCode != http.StatusOK || found == nil {
			return nil, fmt.Errorf("%s answered %s: %s", at, res.Status, page)
		}
		fields := url.Values{}
		for _, m := range hidden.FindAllStringSubmatch(found[2], -1) {
			fields.Add(m[1], html.UnescapeString(m[2]))
		}
		if m := button.FindStringSubmatch(found[2]); m != nil {
			fields.Add(m[1], html.UnescapeString(m[2]))
		}
		to, err := at.Parse(html.UnescapeString(found[1]))
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(to.String(), service) {
			return fields, nil
		}
		res, err = browser.PostForm(to.String(), fields)
	}
	return nil, errors.New("too many pages")
}
