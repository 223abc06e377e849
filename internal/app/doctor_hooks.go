package app

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/i18n"
)

// reachTime bounds the connection to one address.
const reachTime = 5 * time.Second

// hookCheck connects to the addresses that norang calls, and sends nothing.
func (c *Config) hookCheck() doctor.Check {
	return doctor.Check{ID: "hooks.reachable", Needs: []string{ValidSettings}, Run: c.reachHooks}
}

func (c *Config) reachHooks(ctx context.Context) ([]doctor.Finding, bool) {
	var all []doctor.Finding
	for _, h := range []struct {
		setting, url string
		level        doctor.Level
		effect       i18n.Text
	}{
		{"NORANG_JOIN_HOOK_URL", c.JoinHookURL, doctor.Fault, i18n.Text{
			Ko: "아무도 가입하지 못합니다.", En: "No user can join.",
		}},
		{"NORANG_EVENTS_URL", c.EventsURL, doctor.Warning, i18n.Text{
			Ko: "앱이 이벤트를 받지 못합니다.", En: "The app gets no events.",
		}},
		{"NORANG_ALERT_URL", c.AlertURL, doctor.Warning, i18n.Text{
			Ko: "문제가 생겨도 알림이 오지 않습니다.", En: "You are not told when something goes wrong.",
		}},
	} {
		if h.url == "" {
			continue
		}
		err := c.reach(ctx, h.url)
		if err == nil {
			continue
		}
		all = append(all, doctor.Finding{
			Level: h.level, Subject: h.setting, Seen: err.Error(),
			Cause: i18n.Text{
				Ko: "norang이 부르는 주소에 연결할 수 없습니다. " + h.effect.Ko,
				En: "An address that norang calls cannot be reached. " + h.effect.En,
			},
			Fix: i18n.Text{
				Ko: "주소, DNS, 방화벽, 인증서를 확인하십시오. 사설 네트워크의 주소는 NORANG_ALLOW_PRIVATE_HOOKS=1이 있어야 합니다.",
				En: "Check the address, DNS, the firewall and the certificate. A private address needs " +
					"NORANG_ALLOW_PRIVATE_HOOKS=1.",
			},
		})
	}
	return doctor.Found(all...)
}

func (c *Config) reach(ctx context.Context, address string) error {
	client, err := hook.New(hook.Config{
		URL: address, Secrets: c.EventsSecrets, AllowPrivate: c.AllowPrivateHooks, Timeout: reachTime,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	return client.Reach(ctx)
}
