package line

import (
	"context"
	"errors"
	"slices"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/line"
)

// ExaminerConfig is what [NewExaminer] needs: the settings to check.
type ExaminerConfig struct {
	Client      *line.Client
	ProviderID  string // of the console, for the steps there
	RedirectURI string
	Scopes      []string
	Previous    bool // a previous channel secret is configured
}

// Examiner checks the settings of a channel at LINE.
type Examiner struct{ cfg ExaminerConfig }

var _ provider.Examiner = (*Examiner)(nil)

// NewExaminer returns the examiner of a channel.
func NewExaminer(cfg ExaminerConfig) *Examiner { return &Examiner{cfg} }

// The ids of the checks. They never change their meaning.
const (
	idNetwork = "line.network"
	idClient  = "line.channel_secret"
	idSecret  = "line.previous_secret"
)

var (
	menuProvider = i18n.Text{
		Ko: "LINE Developers Console > 프로바이더", En: "LINE Developers Console > provider",
	}
	menuBasic = i18n.Text{
		Ko: "LINE Developers Console > 프로바이더 > 채널 > Basic settings",
		En: "LINE Developers Console > provider > channel > Basic settings",
	}
	menuLogin = i18n.Text{
		Ko: "LINE Developers Console > 프로바이더 > 채널 > LINE Login",
		En: "LINE Developers Console > provider > channel > LINE Login",
	}
)

// checkWhat says what the checks examine.
var checkWhat = map[string]i18n.Text{
	idNetwork: {Ko: "LINE 서버 연결", En: "connection to LINE"},
	idClient:  {Ko: "LINE Channel ID와 Channel secret", En: "LINE's Channel ID and Channel secret"},
	idSecret:  {Ko: "LINE의 이전 Channel secret", En: "LINE's previous Channel secrets"},
}

// Checks returns the checks. Whether the callback URL is registered cannot be asked: LINE answers with a page for
// people. Nor does any answer name the provider of a channel, so the steps in the console name it.
func (e *Examiner) Checks() []doctor.Check {
	return doctor.Named(checkWhat, []doctor.Check{
		{ID: idNetwork, Run: e.network},
		{ID: idClient, Run: e.client, Needs: []string{idNetwork}},
		{ID: idSecret, Run: e.previous},
	}...)
}

// probe asks for a channel access token, which needs no user. It ends by itself.
func (e *Examiner) probe(ctx context.Context) error {
	_, err := e.cfg.Client.ChannelToken(ctx)
	return err
}

func (e *Examiner) network(ctx context.Context) ([]doctor.Finding, bool) {
	err := e.probe(ctx)
	if !errors.Is(err, line.ErrUnavailable) {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Seen: err.Error(),
		Cause: i18n.Text{Ko: "LINE의 API 서버에 연결할 수 없습니다.", En: "LINE's API server cannot be reached."},
		Fix: i18n.Text{
			Ko: "이 서버에서 api.line.me로 나가는 https를 허용하십시오.",
			En: "Permit https from this server to api.line.me.",
		},
	})
}

func (e *Examiner) client(ctx context.Context) ([]doctor.Finding, bool) {
	err := e.probe(ctx)
	var le *line.Error
	switch {
	case err == nil:
		return doctor.Found()
	case !errors.As(err, &le) || le.Temporary() || le.Status < 400 || le.Status > 499:
		return nil, false
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Subject: "LINE_CHANNEL_SECRET", Code: le.Code, Seen: err.Error(), Console: menuBasic,
		Cause: i18n.Text{
			Ko: "Channel ID나 Channel secret을 LINE이 받지 않습니다. 그러면 로그인도, 탈퇴할 때 연결을 끊는 것도 되지 않습니다.",
			En: "LINE does not accept Channel ID or Channel secret: neither sign-ins nor the end of a link will work.",
		},
		Fix: i18n.Text{
			Ko: "Basic settings의 두 값을 다시 복사하십시오. Messaging API 채널이 아니라 LINE Login 채널의 것이어야 합니다.",
			En: "Copy both from Basic settings again. They must be those of the LINE Login channel, not of a Messaging API one.",
		},
	})
}

// previous reminds of a previous secret, which is for the time of a change only.
func (e *Examiner) previous(context.Context) ([]doctor.Finding, bool) {
	if !e.cfg.Previous {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Warning, Subject: "LINE_PREVIOUS_SECRETS",
		Cause: i18n.Text{
			Ko: "예전 Channel secret으로 서명한 ID 토큰도 받습니다.",
			En: "ID tokens signed with an earlier channel secret are accepted.",
		},
		Fix: i18n.Text{
			Ko: "Channel secret을 바꾸고 한 시간이 지났으면 지우십시오.",
			En: "Remove it an hour after the channel secret was changed.",
		},
	})
}

// Console lists what has to be entered at LINE, in the order of its menus.
func (e *Examiner) Console() []provider.ConsoleStep {
	steps := []provider.ConsoleStep{
		{
			Menu: menuProvider,
			What: i18n.Text{
				Ko: "쓰고 있는 공식 계정이나 앱과 같은 프로바이더에서 채널을 만듭니다. 채널은 나중에 옮길 수 없고, 이용자 식별자는 프로바이더마다 다릅니다",
				En: "Create the channel under the provider of your Official Account and apps: it can never be moved, and user " +
					"ids are per provider",
			},
			Paste: []string{e.cfg.ProviderID},
		},
		{
			Menu: menuLogin,
			What: i18n.Text{
				Ko: "[Web app]을 켜고 [Callback URL]에 적습니다", En: "Switch Web app on, and enter the Callback URL",
			},
			Paste: []string{e.cfg.RedirectURI},
		},
	}
	if slices.Contains(e.cfg.Scopes, line.ScopeEmail) {
		steps = append(steps, provider.ConsoleStep{
			Menu: menuBasic,
			What: i18n.Text{
				Ko: "[OpenID Connect]의 Email address permission에서 [Apply]를 누르고, 이메일을 왜 받는지 보이는 화면을 올립니다",
				En: "OpenID Connect: Apply for the Email address permission, with a screenshot that shows why you ask for it",
			},
		})
	}
	return append(steps, provider.ConsoleStep{
		Menu: menuBasic,
		What: i18n.Text{
			Ko: "공개하기 전에 채널을 Developing에서 [Published]로 바꿉니다. 되돌릴 수 없습니다",
			En: "Publish the channel (Developing to Published) before going public; this cannot be undone",
		},
	})
}
