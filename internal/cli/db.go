package cli

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
)

// dbCmd groups the database commands.
type dbCmd struct {
	Migrate dbMigrateCmd `cmd:"" help:"cmd.db.migrate"`
	Status  dbStatusCmd  `cmd:"" help:"cmd.db.status"`
	Backup  dbBackupCmd  `cmd:"" help:"cmd.db.backup"`
	Restore dbRestoreCmd `cmd:"" help:"cmd.db.restore"`
	Replay  dbReplayCmd  `cmd:"" help:"cmd.db.replay"`
	Check   dbCheckCmd   `cmd:"" help:"cmd.db.check"`
}

type dbMigrateCmd struct {
	kong.Plugins
	flags *settingFlags

	Config string `name:"config" placeholder:"FILE" help:"flag.config"`
	JSON   bool   `name:"json" help:"flag.json"`
}

type dbStatusCmd struct {
	kong.Plugins
	flags *settingFlags

	Config string `name:"config" placeholder:"FILE" help:"flag.config"`
	JSON   bool   `name:"json" help:"flag.json"`
}

// migration and dbStatus are the JSON of these commands.
type migration struct {
	Name    string     `json:"name"`
	Applied *time.Time `json:"applied"` // null if pending
}

type dbStatus struct {
	Database   string      `json:"database"`
	Current    int64       `json:"current"`
	Latest     int64       `json:"latest"`
	Pending    bool        `json:"pending"`
	Migrations []migration `json:"migrations"`
}

// database returns the configured database; these commands need no Kakao key.
func (c *terminal) database(flags *settingFlags, file string) (string, *slog.Logger, error) {
	cfg, _, err := databaseConfig(c, flags, file)
	return cfg.Database, cfg.Log, err
}

// databaseOf is the database of a service's settings.
func databaseOf(s config.Settings) string {
	row, _ := setting("NORANG_DATABASE")
	return cmp.Or(s.Database, row.Default)
}

// checkDatabase checks the form of the database's name. Commands that read and write it need no more.
func checkDatabase(s config.Settings) error {
	return s.Explain(app.CheckDatabaseForm(databaseOf(s)), nil)
}

// databaseConfig is the configuration as far as it concerns the database, and the settings that it is from.
func databaseConfig(c *terminal, flags *settingFlags, file string) (app.Config, config.Settings, error) {
	s, _, err := readSettings(settingSources(c, flags.given(), file))
	if err != nil {
		return app.Config{}, s, err
	}
	if err := checkDatabase(s); err != nil {
		return app.Config{}, s, err
	}
	return app.Config{
		Database: databaseOf(s), Keys: s.Keys, NewDatabase: s.NewDatabase, Log: newLog(c.stderr, slog.LevelWarn),
	}, s, nil
}

// Run is kong's.
func (d *dbMigrateCmd) Run(c *terminal) error {
	cfg, settings, err := databaseConfig(c, d.flags, d.Config)
	if err != nil {
		return err
	}
	done, status, err := app.MigrateDatabase(c.ctx, cfg)
	if err != nil {
		return inMissingDirectory(c, cfg.Database, settings.Explain(err, nil))
	}
	if d.JSON {
		return c.json(struct {
			Applied []migration `json:"applied"`
			Current int64       `json:"current"`
		}{migrations(done), status.Current})
	}
	for _, m := range done {
		fmt.Fprintln(c.stdout, m.Name)
	}
	c.print("적용한 마이그레이션: %d개. 데이터베이스는 최신입니다(%d).",
		"Migrations applied: %d. The database is up to date (%d).", len(done), status.Current)
	return nil
}

// Run is kong's.
func (d *dbStatusCmd) Run(c *terminal) error {
	database, log, err := c.database(d.flags, d.Config)
	if err != nil {
		return err
	}
	s, err := app.ReadDatabaseStatus(c.ctx, database, log)
	if errors.Is(err, app.ErrNoDatabase) {
		return &failure{status: statusFailed, text: c.pick("데이터베이스가 아직 없습니다: %s",
			"database does not exist yet: %s", config.RedactDatabase(database)),
			hint: c.pick("norang db migrate 또는 norang serve가 만듭니다.", "norang db migrate and norang serve create it.")}
	}
	if err != nil {
		return err
	}
	if d.JSON {
		return c.json(dbStatus{s.Database, s.Current, s.Latest, s.Pending, migrations(s.Migrations)})
	}
	for _, m := range s.Migrations {
		applied := c.pick("아직 적용하지 않음", "pending")
		if !m.Applied.IsZero() {
			applied = m.Applied.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(c.stdout, "%-40s %s\n", m.Name, applied)
	}
	c.print("%s: 현재 %d, 최신 %d", "%s: current %d, latest %d", s.Database, s.Current, s.Latest)
	return nil
}

func migrations(all []app.Migration) []migration {
	out := make([]migration, 0, len(all))
	for _, m := range all {
		row := migration{Name: m.Name}
		if at := m.Applied.UTC(); !m.Applied.IsZero() {
			row.Applied = &at
		}
		out = append(out, row)
	}
	return out
}
