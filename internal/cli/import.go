package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/importing"
	"github.com/norang-login/norang/internal/provider"
)

type importCmd struct {
	operatorFlags

	File        string `arg:"" help:"arg.import"`
	Apply       bool   `name:"apply" help:"flag.import.apply"`
	StripPrefix string `name:"strip-prefix" placeholder:"TEXT" help:"flag.import.strip-prefix"`
	Unchecked   bool   `name:"unchecked" help:"flag.import.unchecked"`
	Provider    string `name:"provider" placeholder:"NAME" help:"flag.import.provider"`
}

// importJSON is the output of norang import.
type importJSON struct {
	Rows       int                       `json:"rows"`
	Written    bool                      `json:"written"`
	Verdicts   map[importing.Verdict]int `json:"verdicts"`
	Refused    int                       `json:"refused"`
	NoID       int                       `json:"no_id"`
	NoRef      int                       `json:"no_ref"`
	Terms      map[string]int            `json:"terms"`
	Unknown    []string                  `json:"unknown_terms"`
	LookedUp   int                       `json:"looked_up"`
	Known      int                       `json:"known"`
	FirstLines []importFaultJSON         `json:"first_refused"` // at most 100
}

type importFaultJSON struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Run is kong's.
func (u *importCmd) Run(c *terminal) error {
	actor, err := c.actor(u.As, u.Reason)
	if err != nil {
		return err
	}
	if u.Apply && actor.Reason == "" {
		return c.usage(c.pick("들여오려면 --reason이 필요합니다", "an import needs --reason"),
			c.pick("예: --reason '예전 로그인에서 이전'", "Example: --reason 'moving from the old login'"))
	}
	file, name, err := u.open(c)
	if err != nil {
		return err
	}
	defer file.Close()
	settings, err := u.settings(c, name)
	if err != nil {
		return err
	}
	op, err := c.openOperator(app.OperatorConfig{Database: databaseOf(settings), Actor: actor, Log: settings.Log})
	if err != nil {
		return err
	}
	in, err := op.NewImport(app.FromPublic(settings.Config), actor, app.ImportOptions{
		StripPrefix: u.StripPrefix, Unchecked: u.Unchecked, Provider: name,
		Progress: func(rows int, written bool) {
			if written {
				c.warn("%d줄을 처리했습니다", "%d rows done", rows)
				return
			}
			c.warn("%d줄을 확인했습니다", "%d rows checked", rows)
		},
	})
	if err == nil {
		err = u.work(c, in, file)
	}
	return errors.Join(settings.Explain(c.explain(err), nil), op.Close())
}

// open opens the file and returns the provider of its users, "" if it does not name one.
func (u *importCmd) open(c *terminal) (*os.File, string, error) {
	file, err := os.Open(u.File)
	if err != nil {
		return nil, "", unread(c, u.File, err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, "", errors.Join(&failure{
			status: statusFailed, text: c.pick("파이프에서는 들여올 수 없습니다: %s", "cannot import from a pipe: %s", u.File),
			hint: c.pick("두 번 읽으므로 파일로 저장해 주십시오.", "It is read twice: save it as a file first."),
		}, file.Close())
	}
	name := cmp.Or(u.Provider, importing.ProviderOf(file))
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, "", errors.Join(err, file.Close())
	}
	return file, name, nil
}

// settings reads what an import needs: no secret but the admin key with which Kakao is asked for the ids. Without the
// key that request fails, and the command says how to do without.
func (u *importCmd) settings(c *terminal, provider string) (config.Settings, error) {
	const adminKey = "KAKAO_ADMIN_KEY"
	var secrets []string
	if !u.Unchecked && (provider == "" || provider == "kakao") {
		secrets = []string{adminKey}
	}
	s, missing, err := loadPublic(c, u.flags.given(), u.Config, newLog(c.stderr, slog.LevelWarn), secrets...)
	if err != nil {
		return s, err
	}
	if slices.Contains(missing, adminKey) {
		s.Kakao.AdminKeys = nil
	}
	return s, checkDatabase(s)
}

// work checks or writes the file and prints the report.
func (u *importCmd) work(c *terminal, in *app.Import, file *os.File) (err error) {
	var r *app.ImportReport
	if u.Apply {
		r, err = in.Write(c.ctx, file)
	} else {
		r, err = in.Check(c.ctx, file)
	}
	var asked *provider.Error
	if errors.As(err, &asked) {
		return &failure{status: statusFailed, err: err, text: c.pick("제공자에 회원번호를 확인할 수 없어 아무것도 하지 않았습니다",
			"the ids could not be checked at the provider, nothing was done"),
			hint: c.pick("KAKAO_ADMIN_KEY를 확인하십시오. 확인하지 않고 들여오려면 --unchecked.",
				"Check KAKAO_ADMIN_KEY. --unchecked imports without asking.")}
	}
	changed := errors.Is(err, importing.ErrChanged)
	if r == nil || err != nil && !changed && !errors.Is(err, importing.ErrRefused) {
		return err
	}
	if u.JSON {
		if err := c.json(u.json(c, r)); err != nil {
			return err
		}
	} else {
		u.print(c, r)
	}
	if !r.Refused() {
		return nil
	}
	text, hint := c.pick("거절한 줄: %d", "rows refused: %d", r.FaultCount),
		c.pick("파일을 고쳐 다시 하십시오. 하나라도 거절하면 아무것도 쓰지 않습니다.",
			"Correct the file and run this again: with a refused row nothing is written.")
	switch {
	case changed:
		hint = c.pick("확인한 뒤에 데이터베이스나 파일이 바뀌었습니다. 나머지 줄은 썼습니다. 파일을 고쳐 다시 하십시오.",
			"The database or the file changed after the check. The other rows were written: correct the file and run again.")
	case r.FaultCount == 0:
		text = c.pick("회원번호 %d개 가운데 %d개만 이 앱에 연결되어 있습니다", "of %d ids only %d are linked to this app",
			r.Sampled, r.Known)
		hint = c.pick("다른 앱의 회원번호가 아닌지 KAKAO_APP_ID와 KAKAO_ADMIN_KEY를 확인하십시오.",
			"The file seems to be another app's: check KAKAO_APP_ID and KAKAO_ADMIN_KEY.")
	}
	return &failure{status: statusFailed, text: text, hint: hint}
}

func (u *importCmd) json(c *terminal, r *app.ImportReport) importJSON {
	out := importJSON{
		Rows: r.Rows, Written: r.Written, Verdicts: r.Verdicts, Refused: r.FaultCount, NoID: r.NoID,
		NoRef: r.NoRef, Terms: r.Terms, Unknown: append([]string{}, r.Unknown...), LookedUp: r.Sampled, Known: r.Known,
		FirstLines: []importFaultJSON{},
	}
	for _, f := range r.Faults {
		out.FirstLines = append(out.FirstLines, importFaultJSON{f.Line, f.Reason.In(c.lang)})
	}
	return out
}

// print shows the report: first what is refused, then the counts.
func (u *importCmd) print(c *terminal, r *app.ImportReport) {
	for _, f := range r.Faults {
		c.line(fmt.Sprintf("%s:%d:", u.File, f.Line), f.Reason.In(c.lang))
	}
	if more := r.FaultCount - len(r.Faults); more > 0 {
		c.print("…그 밖에 %d줄", "… and %d more", more)
	}
	count := func(ko, en string, n int) {
		if n > 0 {
			c.field(ko, en, fmt.Sprint(n))
		}
	}
	c.field("줄", "rows", fmt.Sprint(r.Rows))
	c.field("새 회원", "new users", fmt.Sprint(r.Verdicts[importing.Create]))
	count("이미 있음", "unchanged", r.Verdicts[importing.Unchanged])
	count("그사이 가입해 ref를 받음", "joined meanwhile, given a ref", r.Verdicts[importing.GiveRef])
	count("이미 있고 상태가 다름(그대로 둠)", "unchanged, with another status here", r.Verdicts[importing.StatusDiffers])
	count("여기에서 탈퇴함(건너뜀)", "withdrawn here, skipped", r.Verdicts[importing.HasLeft])
	count("가입하는 중(건너뜀)", "joining at this moment, skipped", r.Verdicts[importing.Joining])
	count("ref 없음", "without ref", r.NoRef)
	count("회원번호 없음(연결 링크로만)", "without an id, by link ticket only", r.NoID)
	if r.Sampled > 0 {
		c.field("제공자에 연결됨", "linked at the provider", c.pick("%d개 가운데 %d개", "%d looked up, %d linked", r.Sampled, r.Known))
	}
	for _, tag := range slices.SortedFunc(maps.Keys(r.Terms), cmp.Compare[string]) {
		c.field("동의 "+tag, "agreed to "+tag, fmt.Sprint(r.Terms[tag]))
	}
	if len(r.Unknown) > 0 {
		c.warn("NORANG_TERMS에 없는 약관: %s", "terms that are not in NORANG_TERMS: %s", strings.Join(r.Unknown, ", "))
	}
	switch {
	case r.Refused():
	case u.Apply:
		c.print("들여왔습니다.", "Imported.")
	default:
		c.print("아무것도 쓰지 않았습니다. 들여오려면 --apply를 붙이십시오.", "Nothing was written. To import, add --apply.")
	}
}
