package cli

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
)

type dbBackupCmd struct {
	operatorFlags

	File string `arg:"" help:"arg.db.backup"`
}

type dbRestoreCmd struct {
	operatorFlags
	confirmFlag

	File string `arg:"" help:"arg.db.restore"`
}

type dbReplayCmd struct {
	operatorFlags
}

type dbCheckCmd struct {
	kong.Plugins
	flags *settingFlags

	Config string `name:"config" placeholder:"FILE" help:"flag.config"`
	JSON   bool   `name:"json" help:"flag.json"`
}

// checkCopy refuses what is not the path of a file as that of a backup, without repeating it.
func checkCopy(c *terminal, file string) error {
	return checkFile(c, i18n.Text{Ko: "백업 파일", En: "backup file"}, file)
}

// checkFile refuses the address of a database, or a pipe, as the path of a file.
func checkFile(c *terminal, what i18n.Text, file string) error {
	if err := app.CheckFile(file); err != nil {
		m := i18n.Message(err)
		return c.usage(c.pick("%[1]s: %[2]s", "%[3]s: %[4]s", what.Ko, m.Ko, what.En, m.En), "")
	}
	return nil
}

// Run is kong's.
func (d *dbBackupCmd) Run(c *terminal) error {
	if err := checkCopy(c, d.File); err != nil {
		return err
	}
	return d.withOperatorOf(c, app.OperatorConfig{Older: true}, func(op *app.Operator) error {
		switch err := op.Backup(c.ctx, d.File); {
		case errors.Is(err, app.ErrNotSQLite):
			return notSQLite(c, "pg_dump --schema=norang")
		case errors.Is(err, fs.ErrExist):
			return &failure{status: statusFailed, text: c.pick("이미 있는 파일입니다: %s", "file already exists: %s", d.File),
				hint: c.pick("백업은 늘 새 파일로 만듭니다.", "A backup is always written to a new file.")}
		case err != nil:
			return unwritten(c, d.File, err)
		}
		if d.JSON {
			return c.json(struct {
				File string `json:"file"`
			}{d.File})
		}
		c.print("백업했습니다: %s. 모든 회원 정보가 들어 있습니다. 키 파일은 따로 보관하십시오.",
			"Backed up to %s. The file holds the data of all users. Keep the key file elsewhere.", d.File)
		return nil
	})
}

// notSQLite names the PostgreSQL tool to use instead.
func notSQLite(c *terminal, tool string) error {
	return &failure{status: statusFailed, text: c.pick("PostgreSQL 데이터베이스입니다", "the database is PostgreSQL"),
		hint: c.pick("PostgreSQL의 도구를 쓰십시오: %s (docs/operating.ko.md)",
			"Use PostgreSQL's own tools: %s (docs/operating.md)", tool)}
}

type restoredJSON struct {
	Aside    string `json:"aside"` // where the database from before is, "" if there was none
	Erased   int    `json:"erased"`
	Sessions int    `json:"sessions"`

	// Disabled, Keys and Operators: what the backup brought back, and is disabled and revoked again.
	Disabled  int `json:"disabled"`
	Keys      int `json:"keys"`
	Operators int `json:"operators"`
	// Origins, Consents and Unlinked: preview origins, consents and ways to sign in that were removed or withdrawn again.
	Origins  int `json:"origins"`
	Consents int `json:"consents"`
	Unlinked int `json:"unlinked"`
	// Unknown: there was no replaced database that says what was disabled and revoked.
	Unknown bool `json:"unknown"`

	// NoRegister: there is no list of the users that withdrew after the backup.
	NoRegister bool  `json:"no_register"`
	Current    int64 `json:"current"`
}

// isThere reports whether there is a database file at the path of a setting.
func isThere(database string) bool {
	_, err := os.Stat(database)
	return !strings.Contains(database, "://") && err == nil
}

// Run is kong's.
func (d *dbRestoreCmd) Run(c *terminal) error {
	if err := checkCopy(c, d.File); err != nil {
		return err
	}
	database, log, err := c.database(d.flags, d.Config)
	if err != nil {
		return err
	}
	actor, err := c.actor(d.As, d.Reason)
	if err != nil {
		return err
	}
	if isThere(database) {
		err := d.confirmed(c, i18n.Text{Ko: "지금 데이터베이스를 백업으로 바꾸려면", En: "replacing the database"},
			c.pick("지금 데이터베이스는 옆에 남고, 백업한 뒤에 쓴 것은 새 데이터베이스에 없으며, 모든 세션이 끝납니다. 백업만 확인하려면 norang db check --database %s",
				"The present one is kept next to it, what was written since the backup is missing in the new one, and all "+
					"sessions end. To check the backup only: norang db check --database %s", d.File))
		if err != nil {
			return err
		}
	}
	r, err := app.RestoreDatabase(c.ctx, database, d.File, actor, log)
	switch {
	case errors.Is(err, app.ErrNotSQLite):
		return notSQLite(c, "pg_restore, norang db migrate, norang db replay")
	case errors.Is(err, app.ErrDatabaseInUse):
		return &failure{status: statusFailed, text: c.pick("서비스가 이 데이터베이스를 쓰고 있습니다: %s",
			"a running service uses this database: %s", config.RedactDatabase(database)),
			hint: c.pick("norang serve를 멈춘 다음 다시 하십시오.", "Stop norang serve, then run this again.")}
	case errors.Is(err, app.ErrUnsoundCopy):
		return &failure{status: statusFailed, err: err, text: c.pick("복원할 수 있는 백업이 아니어서 아무것도 바꾸지 않았습니다",
			"the file is not a valid backup, nothing was changed"),
			hint: c.pick("다른 백업을 쓰십시오. 무엇이 잘못되었는지 보려면 norang db check --database %s",
				"Use another backup. To see what is wrong with this one: norang db check --database %s", d.File)}
	case errors.Is(err, app.ErrNewerSchema):
		return &failure{status: statusFailed, text: c.pick("더 새로운 norang의 백업이라 아무것도 바꾸지 않았습니다",
			"the backup belongs to a newer norang, nothing was changed"),
			hint: c.pick("더 새로운 norang으로 되돌리거나, 업데이트하기 전의 백업을 쓰십시오.",
				"Restore it with the newer norang, or use a backup from before the update.")}
	case err != nil:
		return inMissingDirectory(c, database, unread(c, d.File, err))
	}
	if d.JSON {
		return c.json(restoredJSON(r))
	}
	c.print("복원했습니다(%d). 다시 지운 회원: %d명, 끝낸 세션: %d개.",
		"Restored (%d). Users erased again: %d, sessions ended: %d.", r.Current, r.Erased, r.Sessions)
	if r.Aside != "" {
		c.print("이전 데이터베이스: %s. 필요 없어지면 지우십시오. 지운 회원 정보도 거기에는 남아 있을 수 있습니다.",
			"The previous database is %s. It holds the data of all users: delete it when you no longer need it.", r.Aside)
	}
	if r.NoRegister {
		c.print("백업한 뒤에 탈퇴한 회원을 알 수 없습니다. norang.db.erasures 사본이 있으면 데이터베이스 옆에 두고 "+
			"norang db replay를 실행하십시오.",
			"Nothing tells who has withdrawn since the backup. If you have a copy of norang.db.erasures, put it next to the "+
				"database and run norang db replay.")
	}
	printRevoked(c, r)
	return nil
}

// printRevoked says what the backup brought back and was taken away again, or that this is unknown.
func printRevoked(c *terminal, r app.Restored) {
	if r.Aside != "" {
		c.print("이전 데이터베이스대로 다시 한 것: 정지한 회원 %d명, 폐기한 API 키 %d개, 거두거나 낮춘 운영자 권한 %d개.",
			"As in the previous database, users disabled again: %d, API keys revoked again: %d, roles of operators "+
				"revoked or lowered again: %d.", r.Disabled, r.Keys, r.Operators)
		c.print("다시 지운 프리뷰 출처 %d개, 다시 철회한 동의 %d건, 다시 끊은 로그인 수단 %d개.",
			"Preview origins removed again: %d, consents withdrawn again: %d, ways to sign in unlinked again: %d.",
			r.Origins, r.Consents, r.Unlinked)
	}
	switch {
	case r.Unknown && r.Aside == "":
		c.print("이전 데이터베이스가 없어, 백업한 뒤에 정지한 회원, 폐기한 API 키, 거둔 운영자 권한과 지운 프리뷰 출처를 알 수 없습니다. "+
			"서비스를 시작하기 전에 확인하십시오: norang key list, norang admin list, norang origin list, norang user list",
			"Without a previous database, nothing tells which users were disabled, which API keys and roles of operators "+
				"were revoked and which preview origins were removed since the backup. Check before you start the service: "+
				"norang key list, norang admin list, norang origin list, norang user list")
	case r.Unknown:
		c.print("이전 데이터베이스를 다 읽지 못해 빠진 것이 있을 수 있습니다. 서비스를 시작하기 전에 확인하십시오: norang key list, "+
			"norang admin list, norang origin list, norang audit --kind access.user.disable --database %s",
			"The previous database could not be read completely, so some may be missing. Check before you start the "+
				"service: norang key list, norang admin list, norang origin list, "+
				"norang audit --kind access.user.disable --database %s", r.Aside)
	case r.Aside != "":
		c.print("백업한 뒤에 운영자가 한 일: norang audit --class access --database %s",
			"What operators did since the backup: norang audit --class access --database %s", r.Aside)
	}
}

// Run is kong's.
func (d *dbReplayCmd) Run(c *terminal) error {
	return d.withOperator(c, func(op *app.Operator) error {
		n, err := op.Replay(c.ctx)
		if err != nil {
			return err
		}
		if d.JSON {
			return c.json(struct {
				Erased int `json:"erased"`
			}{n})
		}
		c.print("다시 지운 회원: %d명", "Users erased again: %d", n)
		c.print("백업한 뒤에 폐기한 API 키, 거둔 운영자 권한, 지운 프리뷰 출처와 정지한 회원은 되살아났을 수 있습니다: norang key list, "+
			"norang admin list, norang origin list, norang user list",
			"API keys, roles of operators and preview origins revoked since the backup, and users disabled since, may be "+
				"back: norang key list, norang admin list, norang origin list, norang user list")
		return nil
	})
}

// Run is kong's.
func (d *dbCheckCmd) Run(c *terminal) error {
	database, log, err := c.database(d.flags, d.Config)
	if err != nil {
		return err
	}
	found, err := app.CheckDatabase(c.ctx, database, log)
	switch {
	case errors.Is(err, app.ErrNoDatabase):
		return &failure{status: statusFailed, text: c.pick("데이터베이스가 없습니다: %s",
			"database does not exist: %s", config.RedactDatabase(database))}
	case errors.Is(err, app.ErrNotSQLite):
		return notSQLite(c, "pg_amcheck")
	case err != nil:
		return err
	}
	if d.JSON {
		if err := c.json(struct {
			Faults   []string `json:"faults"`
			Compared bool     `json:"compared"` // false if a newer norang has migrated the database
		}{append([]string{}, found.Faults...), found.Schema <= found.Known}); err != nil {
			return err
		}
	} else {
		printChecked(c, found)
	}
	if len(found.Faults) > 0 {
		errors := "errors"
		if len(found.Faults) == 1 {
			errors = "error"
		}
		return &failure{status: statusFailed, text: c.pick("데이터베이스가 상했습니다: %[1]d곳",
			"the database is damaged: %[1]d %[2]s", len(found.Faults), errors),
			hint: "norang db restore"}
	}
	return nil
}

func printChecked(c *terminal, found app.Checked) {
	for _, f := range found.Faults {
		c.line(f)
	}
	if len(found.Faults) == 0 {
		c.print("이상이 없습니다.", "No errors found.")
	}
	if found.Schema > found.Known {
		c.print("더 새로운 norang이 스키마 %[1]d로 마이그레이션한 데이터베이스입니다. 이 버전은 %[2]d까지 알아서 테이블, 인덱스와 트리거는 "+
			"비교하지 않았습니다.",
			"A newer norang has migrated the database to schema %[1]d. This one knows %[2]d, and did not compare tables, "+
				"indexes and triggers.", found.Schema, found.Known)
	}
}
