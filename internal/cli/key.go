package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
)

// keyCmd groups the commands for keys of the server API.
type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"cmd.key.create"`
	List   keyListCmd   `cmd:"" help:"cmd.key.list"`
	Revoke keyRevokeCmd `cmd:"" help:"cmd.key.revoke"`
}

type keyCreateCmd struct {
	operatorFlags

	Name  string   `arg:"" help:"arg.key.name"`
	Scope []string `name:"scope" enum:"read,write,tokens" default:"read" placeholder:"SCOPE" help:"flag.scope"`
	Days  int      `name:"days" default:"365" placeholder:"N" help:"flag.days"`
}

type keyListCmd struct {
	operatorFlags
}

type keyRevokeCmd struct {
	operatorFlags
	confirmFlag

	ID string `arg:"" name:"key" help:"arg.key"`
}

// keyJSON is a key in the output of the key commands. Key is there when it is created.
type keyJSON struct {
	ID        string         `json:"id"`
	Key       string         `json:"key,omitempty"`
	Name      string         `json:"name"`
	Scopes    []apikey.Scope `json:"scopes"`
	CreatedAt time.Time      `json:"created_at"`
	ExpiresAt time.Time      `json:"expires_at"`
	LastUsed  *string        `json:"last_used"` // a day
}

func newKeyJSON(k apikey.Key) keyJSON {
	out := keyJSON{
		ID: k.ID, Name: k.Name, Scopes: k.Scopes, CreatedAt: k.CreatedAt.UTC(), ExpiresAt: k.ExpiresAt.UTC(),
	}
	if !k.UsedAt.IsZero() {
		out.LastUsed = orNull(k.UsedAt.UTC().Format(time.DateOnly))
	}
	return out
}

// Run is kong's.
func (k *keyCreateCmd) Run(c *terminal) error {
	if k.Days < 1 || k.Days > int(apikey.MaxLife/(24*time.Hour)) {
		return c.usage(c.pick("--days는 1에서 1825까지여야 합니다: %d", "--days must be from 1 to 1825, got %d", k.Days), "")
	}
	var scopes []apikey.Scope
	for _, s := range apikey.Scopes { // in order, each once
		for _, given := range k.Scope {
			if given == string(s) {
				scopes = append(scopes, s)
				break
			}
		}
	}
	return k.withOperator(c, func(d *app.Operator) error {
		text, key, err := d.Use.Keys.Create(c.ctx, k.Name, scopes, time.Duration(k.Days)*24*time.Hour)
		if errors.Is(err, apikey.ErrName) {
			return c.usage(c.pick("키의 이름은 제어 문자가 없는 1~100바이트여야 합니다",
				"the name of a key must be 1 to 100 bytes without control characters"), "")
		}
		if err != nil {
			return err
		}
		err = printOnce(c, func() error {
			if k.JSON {
				out := newKeyJSON(key)
				out.Key = text
				return c.json(out)
			}
			c.print("%s\n다시 볼 수 없으니 지금 앱의 비밀 저장소에 넣으십시오. id %s, %s까지.",
				"%s\nIt cannot be shown again: put it into the app's secret store now. Id %s, until %s.",
				text, key.ID, key.ExpiresAt.Format(time.DateOnly))
			return nil
		})
		if err != nil {
			return revokeUnseen(c, d, key, err)
		}
		return nil
	})
}

// revokeUnseen revokes a key that could not be printed.
func revokeUnseen(c *terminal, d *app.Operator, key apikey.Key, cause error) error {
	if err := d.Use.Keys.Revoke(context.WithoutCancel(c.ctx), key.ID); err != nil {
		return &failure{status: statusFailed, err: errors.Join(cause, err),
			text: c.pick("API 키를 출력하지 못했고 폐기하지도 못했습니다(%s)", "the API key %s could be neither printed nor revoked", key.ID),
			hint: "norang key revoke " + key.ID + " --yes"}
	}
	return &failure{status: statusFailed, err: cause, text: c.pick("API 키를 출력하지 못해 다시 폐기했습니다",
		"the API key could not be printed and was revoked again")}
}

// Run is kong's.
func (k *keyListCmd) Run(c *terminal) error {
	return k.withOperator(c, func(d *app.Operator) error {
		all, err := d.Use.Keys.List(c.ctx)
		if err != nil {
			return err
		}
		if k.JSON {
			out := struct {
				Keys []keyJSON `json:"keys"`
			}{[]keyJSON{}}
			for _, one := range all {
				out.Keys = append(out.Keys, newKeyJSON(one))
			}
			return c.json(out)
		}
		for _, one := range all {
			var scopes []string
			for _, s := range one.Scopes {
				scopes = append(scopes, string(s))
			}
			used := c.pick("쓴 적 없음", "never used")
			if !one.UsedAt.IsZero() {
				used = c.pick("마지막 사용 ", "last used ") + one.UsedAt.UTC().Format(time.DateOnly)
			}
			until := c.pick("만료 ", "expires ")
			if !time.Now().Before(one.ExpiresAt) {
				until = c.pick("만료됨 ", "expired ")
			}
			c.line(one.ID, one.Name, strings.Join(scopes, ","), until+one.ExpiresAt.UTC().Format(time.DateOnly), used)
		}
		if len(all) == 0 {
			c.print("API 키가 없습니다.", "No API keys.")
		}
		return nil
	})
}

// Run is kong's.
func (k *keyRevokeCmd) Run(c *terminal) error {
	err := k.confirmed(c, i18n.Text{Ko: "API 키를 폐기하려면", En: "revoking an API key"},
		c.pick("그 키를 쓰는 앱은 다음 요청부터 거절됩니다. 언제 썼는지 보려면 norang key list",
			"The app that uses the key is refused from its next request on. Its last use: norang key list"))
	if err != nil {
		return err
	}
	return k.withOperator(c, func(d *app.Operator) error {
		err := d.Use.Keys.Revoke(c.ctx, k.ID)
		if errors.Is(err, apikey.ErrNone) {
			return &failure{status: statusFailed, text: c.pick("그런 API 키가 없습니다", "no such API key"), hint: "norang key list"}
		}
		if err != nil {
			return err
		}
		if k.JSON {
			return c.json(struct {
				ID string `json:"id"`
			}{k.ID})
		}
		c.print("%s: 폐기했습니다. 다음 요청부터 거절됩니다.", "%s: revoked. Its next request is refused.", k.ID)
		return nil
	})
}
