package cli

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math"
	"net/netip"
	"os"
	"os/user"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/operator"
)

// operatorFlags are the flags of every command that handles users' data.
type operatorFlags struct {
	kong.Plugins
	flags *settingFlags

	Config string `name:"config" placeholder:"FILE" help:"flag.config"`
	JSON   bool   `name:"json" help:"flag.json"`
	As     string `name:"as" placeholder:"NAME" help:"flag.as"`
	Reason string `name:"reason" placeholder:"TEXT" help:"flag.reason"`
}

// operatorCommands returns them all, so that each gets the database flags.
func (g *grammar) operatorCommands() []*operatorFlags {
	return []*operatorFlags{
		&g.User.List.operatorFlags, &g.User.Show.operatorFlags,
		&g.User.Disable.operatorFlags, &g.User.Enable.operatorFlags,
		&g.User.Withdraw.operatorFlags, &g.User.Export.operatorFlags,
		&g.User.Merge.operatorFlags, &g.User.LinkTicket.operatorFlags, &g.Import.operatorFlags,
		&g.Session.List.operatorFlags, &g.Session.Revoke.operatorFlags,
		&g.Key.Create.operatorFlags, &g.Key.List.operatorFlags, &g.Key.Revoke.operatorFlags,
		&g.Admin.Grant.operatorFlags, &g.Admin.Revoke.operatorFlags, &g.Admin.List.operatorFlags,
		&g.Admin.ResetTOTP.operatorFlags,
		&g.Jobs.List.operatorFlags, &g.Jobs.Retry.operatorFlags,
		&g.Events.Status.operatorFlags, &g.Events.Skip.operatorFlags, &g.Audit.operatorFlags,
		&g.Origin.Add.operatorFlags, &g.Origin.List.operatorFlags, &g.Origin.Remove.operatorFlags,
		&g.Privacy.Review.operatorFlags, &g.Privacy.Erasures.operatorFlags,
		&g.DB.Backup.operatorFlags, &g.DB.Restore.operatorFlags, &g.DB.Replay.operatorFlags,
	}
}

// prepareFor makes flags of the settings that the command needs.
func (f *operatorFlags) prepareFor(want func(config.Setting) bool) {
	f.use(newSettingFlags(want))
}

func (f *operatorFlags) use(flags *settingFlags) {
	f.flags, f.Plugins = flags, kong.Plugins{flags.target}
}

// withOperator opens the database, calls work, and closes it.
func (f *operatorFlags) withOperator(c *terminal, work func(*app.Operator) error) error {
	return f.withOperatorOf(c, app.OperatorConfig{}, work)
}

// withOperatorOf is withOperator with settings that no flag changes.
func (f *operatorFlags) withOperatorOf(c *terminal, cfg app.OperatorConfig, work func(*app.Operator) error) error {
	database, log, err := c.database(f.flags, f.Config)
	if err != nil {
		return err
	}
	actor, err := c.actor(f.As, f.Reason)
	if err != nil {
		return err
	}
	cfg.Database, cfg.Actor, cfg.Log = database, actor, log
	op, err := c.openOperator(cfg)
	if err != nil {
		return err
	}
	return errors.Join(c.explain(work(op)), op.Close())
}

func (c *terminal) openOperator(cfg app.OperatorConfig) (*app.Operator, error) {
	op, err := app.OpenOperator(c.ctx, cfg)
	switch {
	case errors.Is(err, app.ErrNoDatabase):
		return nil, &failure{status: statusFailed, text: c.pick("데이터베이스가 없습니다: %s",
			"database does not exist: %s", config.RedactDatabase(cfg.Database)),
			hint: c.pick("서비스와 같은 NORANG_DATABASE 값으로 실행하십시오.", "Use the same NORANG_DATABASE as the service.")}
	case errors.Is(err, app.ErrOldDatabase):
		return nil, &failure{status: statusFailed, err: err, text: c.pick("먼저 데이터베이스를 최신으로 만들어야 합니다",
			"the database must be migrated first"),
			hint: "norang db migrate"}
	}
	return op, err
}

// explain turns the operator's errors into texts with hints.
func (c *terminal) explain(err error) error {
	named := c.pick("id, ref, 제공자의 회원번호로 찾습니다: id:0193…, ref:10482, kakao:4242, naver:qPb5…, "+
		"%s(norang user list에 나온 그대로). 닉네임이나 이메일로는 찾지 않습니다.",
		"Select a user by id, ref or the provider's user id: id:0193…, ref:10482, kakao:4242, naver:qPb5…, "+
			"%s (as in norang user list). Nicknames and e-mail addresses are not accepted.",
		"keycloak:https%3A%2F%2Fid.example.com:f81d…")
	var unknown *app.UnknownProviderError
	switch {
	case errors.As(err, &unknown):
		return c.usage(c.pick("설정되지 않은 제공자입니다: %q", "provider %q is not configured", clip(unknown.Name, 40)),
			c.pick("설정된 것: %s", "Configured: %s", strings.Join(unknown.Known, ", ")))
	case errors.Is(err, operator.ErrNotRecorded):
		return &failure{status: statusFailed, err: err, text: c.pick("접속기록을 남길 수 없어 아무것도 하지 않았습니다",
			"the access record could not be written, nothing was done"),
			hint: c.pick("데이터베이스에 쓸 수 있는지 확인하십시오.", "Check that the database can be written to.")}
	case errors.Is(err, operator.ErrSelector):
		return c.usage(c.pick("사람을 가리키는 말이 아닙니다", "not a valid user selector"), named)
	case errors.Is(err, operator.ErrNoSuchUser), errors.Is(err, account.ErrNotFound):
		return &failure{status: statusFailed, text: c.pick("회원을 찾을 수 없습니다", "no such user"), hint: named}
	case errors.Is(err, operator.ErrNoReason):
		return c.usage(c.pick("내보내려면 --reason이 필요합니다",
			"an export needs --reason"), c.pick("예: --reason '본인의 열람 요구'", "Example: --reason 'access request by the user'"))
	case errors.Is(err, operator.ErrWithdrawn):
		return &failure{status: statusFailed, text: c.pick("이미 탈퇴한 사람입니다", "the user has already withdrawn")}
	case errors.Is(err, operator.ErrAmbiguous):
		return &failure{status: statusFailed, text: c.pick("두 사람 이상이 해당되어 아무것도 하지 않았습니다",
			"more than one user matches, nothing was done"),
			hint: c.pick("무엇인지 적으십시오: id:…, ref:…, 제공자:앱:회원번호", "Be specific: id:…, ref:…, PROVIDER:APP:SUBJECT")}
	}
	return err
}

// actor is the operator: the account of the operating system, under sudo the one that called it. With --as the operator
// has another name, for shared accounts; the record then has both.
func (c *terminal) actor(as, reason string) (audit.Actor, error) {
	reason = strings.TrimSpace(reason)
	if len(reason) > audit.MaxReason {
		return audit.Actor{}, c.usage(c.pick("--reason이 너무 깁니다: %d바이트까지",
			"--reason must be at most %d bytes", audit.MaxReason), "")
	}
	login := c.login()
	account := login
	if as != "" {
		if !accountName(as) {
			return audit.Actor{}, c.usage(c.pick("--as %q: 영문자, 숫자, . _ - @로 된 64자까지의 이름이어야 합니다",
				"--as must be 1 to 64 letters, digits or . _ - @, got %q", as), "")
		}
		account = as
	}
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return audit.Actor{}, err
	}
	return audit.Operator(account, reason, audit.Client{
		Address: c.remoteAddress(), UserAgent: c.shell(login), RequestID: "cmd-" + hex.EncodeToString(id),
	}), nil
}

// login returns the account of the operating system, or its number without a name. For root it is the account that
// logged in.
func (c *terminal) login() string {
	uid := strconv.Itoa(os.Getuid())
	if came := loginUID("/proc/self/loginuid"); came != "" {
		uid = came // from the kernel, so no variable can change it
	} else if caller := variable(c.environ, "SUDO_USER"); uid == "0" && accountName(caller) {
		return caller
	}
	u, err := user.LookupId(uid)
	if uid == "-1" { // a system without such numbers
		u, err = user.Current()
	}
	if err != nil || u.Username == "" {
		return "uid-" + uid
	}
	return u.Username
}

// loginUID returns the account that logged in, as Linux keeps it through su and sudo; "" without a login, as in
// containers, and on other systems.
func loginUID(file string) string {
	text, err := os.ReadFile(file)
	uid, perr := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil || perr != nil || uid == math.MaxUint32 {
		return ""
	}
	return strconv.FormatUint(uid, 10)
}

func accountName(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-@", r)
	})
}

// remoteAddress returns the address of the SSH client, "" without one.
func (c *terminal) remoteAddress() string {
	for _, name := range []string{"SSH_CONNECTION", "SSH_CLIENT"} {
		first, _, _ := strings.Cut(variable(c.environ, name), " ")
		if a, err := netip.ParseAddr(first); err == nil {
			return a.Unmap().WithZone("").String()
		}
	}
	return ""
}

// shell describes the machine and terminal, as far as they are known.
func (c *terminal) shell(login string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	tty := variable(c.environ, "SSH_TTY")
	if tty == "" {
		link, err := os.Readlink("/proc/self/fd/0")
		if err == nil && strings.HasPrefix(link, "/dev/") && link != "/dev/null" {
			tty = link
		}
	}
	if tty == "" {
		return oneLine("shell: " + login + "@" + host)
	}
	return oneLine("shell: " + login + "@" + host + " " + tty)
}
