package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/trial"
)

// ValidSettings is the id of the check without which the provider and the public address are not examined.
const ValidSettings = "settings.valid"

// localWhat says what the checks of this machine examine.
var localWhat = map[string]i18n.Text{
	"keys.file":            {Ko: "키 파일", En: "key file"},
	"database.reachable":   {Ko: "데이터베이스 연결", En: "connection to the database"},
	"database.pooler":      {Ko: "PostgreSQL 앞의 풀러", En: "pooler in front of PostgreSQL"},
	"database.encoding":    {Ko: "데이터베이스의 문자 집합", En: "encoding of the database"},
	"database.lost":        {Ko: "데이터베이스가 사라지지 않았는지", En: "whether the database is still there"},
	"database.file_system": {Ko: "데이터베이스의 파일 시스템", En: "file system of the database"},
	"database.private":     {Ko: "데이터베이스 파일의 권한", En: "mode of the database file"},
	"database.writable":    {Ko: "데이터베이스 쓰기", En: "writing to the database"},
	"database.migrated":    {Ko: "데이터베이스의 버전", En: "version of the database"},
	"database.alone":       {Ko: "norang 스키마의 다른 표", En: "other tables in the schema norang"},
	"database.durable":     {Ko: "PostgreSQL의 fsync", En: "fsync of PostgreSQL"},
	"hooks.reachable":      {Ko: "norang이 부르는 주소(훅) 연결", En: "connection to the hooks that norang calls"},
}

// DoctorChecks are the checks of an installation, cheapest first: key file, database, providers, clock, public address.
// listen is the address on which the service listens. They change nothing.
func DoctorChecks(cfg Config, listen string) []doctor.Check {
	cfg.setDefaults()
	database := &examined{dsn: cfg.Database}
	local := append([]doctor.Check{{ID: "keys.file", Run: func(ctx context.Context) ([]doctor.Finding, bool) {
		return cfg.examineKeys(ctx, database)
	}}}, cfg.databaseChecks(database)...)
	local = doctor.Named(localWhat, append(local, cfg.hookCheck())...)
	clock := &doctor.Clock{Base: transport(cfg), Now: cfg.Now}
	own, err := url.Parse(cfg.URL)
	if err != nil {
		own = &url.URL{}
	}
	site := &doctor.Site{
		URL: own, Prefix: cfg.Prefix, Listen: listen, Trusted: cfg.TrustedProxies,
	}
	if cfg.uses(kakaoprovider.Name) {
		local = append(local, cfg.platformKeys(database))
	}
	var remote []doctor.Check
	for i, b := range cfg.configured() {
		if examiner, err := b.examiner(cfg, clock); err == nil { // with an error, settings.valid fails
			remote = append(remote, examiner.Checks()...)
		}
		if i == 0 { // whose check is the first to make a call
			remote = append(remote, clock.Check(b.name+".network"))
		}
		for _, hook := range b.hooks {
			site.Hooks = append(site.Hooks, cfg.Prefix+hook)
		}
	}
	remote = append(remote, site.Checks()...)
	for i := range remote {
		remote[i].Needs = append([]string{ValidSettings}, remote[i].Needs...)
	}
	return append(local, doctor.ThroughProxy(remote, os.Getenv)...)
}

// DoctorUnseen is what the checks cannot find out at the configured providers.
func DoctorUnseen(cfg Config) (all []doctor.Unseen) {
	cfg.setDefaults()
	for _, b := range cfg.configured() {
		if examiner, err := b.examiner(cfg, offline{}); err == nil { // with an error, settings.valid fails
			all = append(all, examiner.Unseen()...)
		}
	}
	return all
}

// ProviderSteps are what has to be entered in the console of a provider.
type ProviderSteps struct {
	Name  string
	Label i18n.Text
	Steps []ConsoleStep
}

// ConsoleSteps are what has to be entered in the providers' consoles.
func ConsoleSteps(cfg Config) ([]ProviderSteps, error) {
	cfg.setDefaults()
	cfg.Transport = offline{}
	var all []ProviderSteps
	for _, b := range cfg.configured() {
		p, err := b.provider(cfg, transport(cfg))
		if err != nil {
			return nil, err
		}
		examiner, err := b.examiner(cfg, transport(cfg))
		if err != nil {
			return nil, unusable(b.field, err)
		}
		all = append(all, ProviderSteps{Name: b.name, Label: p.Provider.Info().Label, Steps: examiner.Console()})
	}
	return all, nil
}

// platformKeys compares the configured keys of apps with those of tokens that were refused.
func (c *Config) platformKeys(database *examined) doctor.Check {
	k := c.Kakao
	return doctor.Check{
		ID: kakaoprovider.IDPlatformKeys, What: kakaoprovider.WhatPlatformKeys, Needs: []string{"database.reachable"},
		Run: func(ctx context.Context) ([]doctor.Finding, bool) {
			x := database.get(ctx)
			return kakaoprovider.PlatformKeys(k.NativeAppKeys, k.JavaScriptKeys, x.Natives, x.Audiences), true
		},
	}
}

func (c *Config) examineKeys(ctx context.Context, database *examined) ([]doctor.Finding, bool) {
	keyring, err := seal.Load(c.Keys)
	f := doctor.Finding{Level: doctor.Fault, Subject: "NORANG_KEYS"}
	switch {
	case errors.Is(err, fs.ErrNotExist) && !postgres(c.Database):
		if len(database.get(ctx).Namespaces) == 0 {
			return doctor.Found() // the first start creates it
		}
		f.Level = doctor.Warning
		f.Cause = i18n.Text{
			Ko: "데이터베이스에 회원이 있는데 키 파일이 없습니다.",
			En: "The database has users, but there is no key file.",
		}
		f.Fix = i18n.Text{
			Ko: "사본을 되돌리십시오. 없으면 다음에 시작할 때 새 파일을 만들지만, 보관한 제공자 토큰은 열 수 없습니다.",
			En: "Restore your copy. Without one, the next start makes a new file, which cannot open stored provider tokens.",
		}
	case errors.Is(err, fs.ErrNotExist), c.Keys == "":
		f.Cause = i18n.Text{
			Ko: "키 파일이 없습니다. PostgreSQL을 쓰면 모든 복제본에 같은 파일이 있어야 합니다.",
			En: "There is no key file. With PostgreSQL, all replicas need the same one.",
		}
		f.Fix = i18n.Text{
			Ko: "norang keyring init으로 만들어 복제본마다 두십시오.",
			En: "Create it with norang keyring init and give it to each replica.",
		}
	case errors.Is(err, fs.ErrPermission):
		f.Seen = err.Error()
		f.Cause = i18n.Text{Ko: "이 계정은 키 파일을 읽을 수 없습니다.", En: "This account cannot read the key file."}
		f.Fix = i18n.Text{
			Ko: "서비스의 계정으로 다시 실행하십시오. 그 계정이라면 파일의 소유자를 그 계정으로 바꾸십시오(chown).",
			En: "Run this again under the account of the service. If it is that account, make it the owner of the file (chown).",
		}
	case err != nil:
		m := i18n.Message(err)
		f.Cause = i18n.Text{Ko: "키 파일을 쓸 수 없습니다: " + m.Ko + ".", En: "The key file cannot be used: " + m.En + "."}
		f.Fix = i18n.Text{
			Ko: "소유자만 읽을 수 있게 하거나(chmod 600) 사본을 되돌리십시오.",
			En: "Make it readable for its owner alone (chmod 600), or restore your copy.",
		}
	case keyring.Readable():
		f.Level = doctor.Warning
		f.Cause = i18n.Text{Ko: "다른 사용자가 키 파일을 읽을 수 있습니다.", En: "Other users can read the key file."}
		f.Fix = i18n.Text{ // of a secret volume, which is read-only
			Ko: "마운트에서 권한을 줄이십시오(Kubernetes: defaultMode: 0440과 fsGroup, Compose: mode: 0400과 uid).",
			En: "Narrow its mode at the mount (Kubernetes: defaultMode: 0440 with fsGroup; Compose: mode: 0400 with uid).",
		}
	default:
		return doctor.Found()
	}
	return doctor.Found(f)
}

// examined is an examination that several checks share.
type examined struct {
	dsn  string
	done bool
	x    store.Examination
}

func (e *examined) get(ctx context.Context) store.Examination {
	if !e.done {
		e.done, e.x = true, store.Examine(ctx, e.dsn)
	}
	return e.x
}

// databaseChecks are the checks of the database.
func (c *Config) databaseChecks(e *examined) []doctor.Check {
	check := func(id string, judge func(store.Examination) *doctor.Finding, needs ...string) doctor.Check {
		return doctor.Check{ID: id, Needs: needs, Run: func(ctx context.Context) ([]doctor.Finding, bool) {
			f := judge(e.get(ctx))
			if f == nil {
				return doctor.Found()
			}
			if f.Subject == "" {
				f.Subject = "NORANG_DATABASE"
			}
			return doctor.Found(*f)
		}}
	}
	const reachable, pooler = "database.reachable", "database.pooler"
	if postgres(c.Database) {
		return []doctor.Check{
			check(reachable, unreachableDatabase), check(pooler, poolerInBetween, reachable),
			check("database.encoding", otherEncoding, reachable, pooler),
			check("database.writable", readOnlyDatabase, reachable, pooler),
			check("database.migrated", oldDatabase, reachable, pooler),
			check("database.durable", volatileDatabase, reachable, pooler),
			check("database.alone", strangersInSchema, reachable, pooler),
		}
	}
	return []doctor.Check{
		check(reachable, unreachableDatabase),
		{ID: "database.lost", Run: func(context.Context) ([]doctor.Finding, bool) {
			return lostDatabase(c.existingDatabase())
		}},
		check("database.file_system", networkDatabase), check("database.private", exposedDatabase),
		check("database.writable", readOnlyDatabase), check("database.migrated", oldDatabase, reachable),
	}
}

// seenIn is what an error of the database says. Cause and fix explain it in the operator's language, so that norang's
// own words are left out where an error has the facts.
func seenIn(err error) string {
	if e, ok := errors.AsType[*store.ReadOnlyError](err); ok {
		return e.Seen()
	}
	return err.Error()
}

func unreachableDatabase(x store.Examination) *doctor.Finding {
	if x.Unreachable == nil {
		return nil
	}
	f := &doctor.Finding{
		Level: doctor.Fault, Seen: seenIn(x.Unreachable),
		Cause: i18n.Text{Ko: "데이터베이스를 읽을 수 없습니다.", En: "The database cannot be read."},
		Fix: i18n.Text{
			Ko: "경로에 norang의 데이터베이스가 있는지 확인하십시오.",
			En: "Check that there is a database of norang at the path.",
		},
	}
	advice, ok := DatabaseAdvice(x.Unreachable)
	switch {
	case ok:
		f.Cause, f.Fix = sentence(advice.Cause), advice.Fix
	case x.Database == "postgres":
		f.Fix = i18n.Text{
			Ko: "주소, 사용자, 비밀번호와 방화벽을 확인하고, PostgreSQL의 로그를 보십시오.",
			En: "Check address, user, password and firewall, and see the log of PostgreSQL.",
		}
	case errors.Is(x.Unreachable, fs.ErrPermission):
		f.Cause, f.Fix = deniedCause, deniedFix
	}
	return f
}

func poolerInBetween(x store.Examination) *doctor.Finding {
	if !x.Pooler {
		return nil
	}
	return &doctor.Finding{
		Level: doctor.Fault,
		Cause: i18n.Text{
			Ko: "사이에 트랜잭션 풀러(PgBouncer, Supavisor)가 있습니다. LISTEN과 권고 잠금이 연결에 남지 않습니다.",
			En: "A transaction pooler (PgBouncer, Supavisor) is in between: LISTEN and advisory locks do not stay with a " +
				"connection.",
		},
		Fix: i18n.Text{
			Ko: "세션 모드(pool_mode=session)로 바꾸거나 서버의 주소(보통 5432번 포트)를 쓰십시오.",
			En: "Use session mode (pool_mode=session) or the server's own address, usually port 5432.",
		},
	}
}

func otherEncoding(x store.Examination) *doctor.Finding {
	if x.Encoding == nil {
		return nil
	}
	return &doctor.Finding{
		Level: doctor.Fault, Seen: "server_encoding=" + x.Encoding.Encoding,
		Cause: i18n.Text{
			Ko: "데이터베이스의 문자 집합으로는 저장할 수 없는 글자가 있습니다. 그런 닉네임을 쓰는 회원은 로그인하지 못합니다.",
			En: "The encoding of the database cannot store every character. A user with such a nickname cannot sign in.",
		},
		Fix: i18n.Text{
			Ko: "문자 집합이 UTF8인 데이터베이스를 만드십시오: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
			En: "Create a database with UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
		},
	}
}

func readOnlyDatabase(x store.Examination) *doctor.Finding {
	switch {
	case x.Rights != nil:
		return lackingRights(x.Rights)
	case x.ReadOnly == nil:
		return nil
	}
	f := &doctor.Finding{
		Level: doctor.Fault, Seen: seenIn(x.ReadOnly),
		Cause: i18n.Text{Ko: "데이터베이스에 쓸 수 없습니다.", En: "The database cannot be written to."},
		Fix: i18n.Text{
			Ko: "볼륨을 쓰기 가능으로 마운트하십시오. 커널이 고장 난 디스크를 읽기 전용으로 바꾸기도 합니다(dmesg).",
			En: "Mount the volume writable. The kernel also makes a failing disk read-only (dmesg).",
		},
	}
	advice, ok := DatabaseAdvice(x.ReadOnly)
	switch {
	case ok:
		f.Cause, f.Fix = sentence(advice.Cause), advice.Fix
	case errors.Is(x.ReadOnly, fs.ErrPermission):
		f.Seen += " (uid " + strconv.Itoa(os.Getuid()) + ")"
		f.Cause, f.Fix = deniedCause, deniedFix
	}
	return f
}

func lackingRights(e *store.RightsError) *doctor.Finding {
	return &doctor.Finding{
		Level: doctor.Fault, Seen: e.Seen(),
		Cause: i18n.Text{
			Ko: "PostgreSQL의 역할에 표에 대한 권한이 모자랍니다.",
			En: "The role lacks rights on the tables in PostgreSQL.",
		},
		Fix: i18n.Textf("표를 소유한 역할로 psql에서 실행하십시오: %s", "Run this in psql as the role that owns the tables: %s",
			e.Grants()),
	}
}

func oldDatabase(x store.Examination) *doctor.Finding {
	switch {
	case x.Refused != nil:
		return &doctor.Finding{
			Level: doctor.Fault, Seen: fmt.Sprintf("schema=%d norang=%d", x.Schema.Current, x.Schema.Latest),
			Cause: i18n.Text{
				Ko: "이 프로그램이 쓸 수 없는 데이터베이스입니다. 더 새로운 버전이 바꾸었습니다.",
				En: "This program cannot use the database: a newer or unreleased one has changed it.",
			},
			Fix: i18n.Text{Ko: "더 새로운 norang을 실행하십시오.", En: "Run the newer norang."},
		}
	case x.MayNotMigrate:
		return &doctor.Finding{
			Level: doctor.Fault, Seen: strconv.FormatInt(x.Schema.Current, 10) + " < " + strconv.FormatInt(x.Schema.Latest, 10),
			Cause: i18n.Text{
				Ko: "적용할 마이그레이션이 있는데 이 역할은 적용할 수 없습니다. 서비스가 시작하지 않습니다.",
				En: "There are migrations to apply, which this role may not do: the service does not start.",
			},
			Fix: i18n.Text{
				Ko: "스키마 norang을 소유한 역할의 주소로 norang db migrate를 실행하십시오.",
				En: "Run norang db migrate with the address of the role that owns the schema norang.",
			},
		}
	case x.Missing || !x.Schema.Pending():
		return nil
	}
	return &doctor.Finding{
		Level: doctor.Warning, Seen: strconv.FormatInt(x.Schema.Current, 10) + " < " + strconv.FormatInt(x.Schema.Latest, 10),
		Cause: i18n.Text{
			Ko: "데이터베이스가 이 프로그램보다 오래되었습니다. 다음 시작 때 마이그레이션합니다.",
			En: "The database is older than this program; the next start migrates it.",
		},
		Fix: i18n.Text{
			Ko: "먼저 백업하고(norang db backup) norang db migrate를 실행할 수도 있습니다.",
			En: "To do it before: norang db backup, then norang db migrate.",
		},
	}
}

func networkDatabase(x store.Examination) *doctor.Finding {
	if x.Network == "" {
		return nil
	}
	return &doctor.Finding{
		Level: doctor.Fault, Seen: x.Network + ": " + x.Path,
		Cause: i18n.Text{
			Ko: "SQLite 파일이 네트워크 파일 시스템에 있습니다. 잠금이 지켜지지 않아 파일이 깨질 수 있습니다.",
			En: "The SQLite file is on a network file system, whose locks can fail and damage it.",
		},
		Fix: i18n.Text{Ko: "로컬 디스크나 PostgreSQL을 쓰십시오.", En: "Use a local disk, or PostgreSQL."},
	}
}

func exposedDatabase(x store.Examination) *doctor.Finding {
	if x.Exposed == "" {
		return nil
	}
	return &doctor.Finding{
		Level: doctor.Warning, Seen: x.Exposed,
		Cause: i18n.Text{Ko: "다른 사용자가 데이터베이스 파일을 쓸 수 있거나 읽을 수 있습니다.",
			En: "Other users can read or write the database file."},
		Fix: i18n.Text{Ko: "chmod 600으로 바꾸십시오. 서비스도 시작할 때 바꿉니다.",
			En: "Change its mode with chmod 600; the service also sets this mode when it starts."},
	}
}

func lostDatabase(err error) ([]doctor.Finding, bool) {
	if err == nil {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Subject: "NORANG_DATABASE",
		Cause: i18n.Text{
			Ko: "키 파일은 있는데 데이터베이스가 없거나 비어 있습니다. 서비스는 시작하지 않습니다.",
			En: "The key file exists, but the database is missing or empty: the service does not start.",
		},
		Fix: i18n.Text{
			Ko: "볼륨과 경로를 확인하거나 백업을 되돌리십시오(norang db restore). 정말 새 데이터베이스라면 NORANG_NEW_DATABASE=1.",
			En: "Check the volume and the path, or restore a backup (norang db restore). If the database is new, set " +
				"NORANG_NEW_DATABASE=1.",
		},
	})
}

// ConsoleStep is an entry in a provider's console.
type ConsoleStep = provider.ConsoleStep

// NewTrial returns a handler that signs accounts in at a provider without storing anything, its name on pages, and the
// path that begins it. name may be "" for the first provider.
func NewTrial(cfg Config, name string, accounts int, tell func(trial.Step)) (*trial.Trial, i18n.Text, string, error) {
	cfg.setDefaults()
	p, err := cfg.provider(name)
	if err != nil {
		return nil, i18n.Text{}, "", err
	}
	c := trial.Config{
		Provider: p.Provider, RedirectURI: p.RedirectURI, StartPath: cfg.Prefix + "/try/" + rand.Text(),
		Accounts: accounts, Tell: tell, Now: cfg.Now,
	}
	for _, b := range cfg.configured() {
		if b.name == p.Provider.Info().Name {
			c.Advise = b.advise
		}
	}
	if links, ok := p.Provider.(provider.LinkChecker); ok && len(cfg.Kakao.AdminKeys) > 0 {
		c.Links = links
	}
	return trial.New(c), p.Provider.Info().Label, c.StartPath, nil
}
