package cli

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"time"

	"github.com/norang-login/norang/internal/accesstoken"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/seal"
)

// keyringCmd groups the key file commands. With SQLite the service creates the file; PostgreSQL replicas share one that
// an operator distributes.
type keyringCmd struct {
	Init   keyringInitCmd   `cmd:"" help:"cmd.keyring.init"`
	Rotate keyringRotateCmd `cmd:"" help:"cmd.keyring.rotate"`
}

type keyringInitCmd struct {
	File      string `arg:"" help:"arg.keyring"`
	IfMissing bool   `name:"if-missing" help:"flag.keyring.if-missing"`
	JSON      bool   `name:"json" help:"flag.json"`
}

type keyringRotateCmd struct {
	File string `arg:"" help:"arg.keyring"`
	Now  bool   `help:"flag.keyring.now"`
	JSON bool   `name:"json" help:"flag.json"`
}

// keyFileJSON is the output of norang keyring init.
type keyFileJSON struct {
	File    string `json:"file"`
	Created bool   `json:"created"` // false if the file existed
}

// rotatedJSON is the output of norang keyring rotate.
type rotatedJSON struct {
	File string `json:"file"`
	Keys int    `json:"keys"`
	// SignsFrom is when the new key begins to sign access tokens: every replica needs the file before then.
	SignsFrom time.Time `json:"signs_from"`
}

// Run is kong's.
func (k *keyringInitCmd) Run(c *terminal) error {
	if err := checkFile(c, i18n.Text{Ko: "키 파일", En: "key file"}, k.File); err != nil {
		return err
	}
	err := seal.Create(k.File, time.Now(), rand.Reader)
	if kept := errors.Is(err, fs.ErrExist) && k.IfMissing; k.JSON && (kept || err == nil) {
		return c.json(keyFileJSON{k.File, !kept})
	}
	if errors.Is(err, fs.ErrExist) && k.IfMissing {
		c.print("%s 파일이 이미 있어서 그대로 둡니다.", "%s already exists and is unchanged.", k.File)
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return &failure{status: statusFailed, text: c.pick("%s 파일이 이미 있습니다", "%s already exists", k.File),
			hint: c.pick("새 키를 더하려면 norang keyring rotate %s", "To add a new key: norang keyring rotate %s", k.File)}
	}
	if err != nil {
		return unwritten(c, k.File, err)
	}
	c.print("%s 파일을 만들었습니다. 사본을 안전한 곳에 두고, 모든 복제본에 같은 파일을 두십시오.",
		"Created %s. Keep a copy in a safe place, and give every replica the same file.", k.File)
	return nil
}

// Run is kong's.
func (k *keyringRotateCmd) Run(c *terminal) error {
	created := time.Now()
	if k.Now {
		created = created.Add(-accesstoken.PublishedAhead) // as if verifiers had known it for that long
	}
	n, err := seal.Rotate(k.File, created, rand.Reader)
	if errors.Is(err, fs.ErrNotExist) {
		return &failure{status: statusFailed, text: c.pick("키 파일이 없습니다: %s", "no such key file: %s", k.File),
			hint: "norang keyring init " + k.File}
	}
	if err != nil {
		return err
	}
	from := created.Add(accesstoken.PublishedAhead).UTC()
	if k.JSON {
		return c.json(rotatedJSON{k.File, n, from.Truncate(time.Second)})
	}
	c.print("%s 파일의 키: %d개. 모든 복제본에 새 파일을 두십시오. 실행 중인 서비스는 신호 없이 1초 안에 읽습니다. 새 키로 봉인하는 것은 "+
		"다시 시작한 뒤부터이니 편할 때 하나씩 다시 시작하십시오. 90일이 지나면 맨 아래 키를 지워도 됩니다.",
		"Keys in %s: %d. Give every replica the new file: a running service reads it within a second, without a signal. "+
			"It seals with the new key after a restart, so restart them one by one when it suits you. "+
			"After 90 days you may delete the last key.", k.File, n)
	if k.Now {
		c.print("접근 토큰은 지금부터 새 키로 서명합니다. 키 집합을 보관하는 API는 다시 받아 갈 때까지 새 토큰을 거절합니다: PyJWT 5분, "+
			"express-oauth2-jwt-bearer 10분, AWS 2시간까지. 새 파일이 아직 없는 복제본에서 받아 간 곳도 그렇습니다.",
			"Access tokens are signed with the new key from now on. APIs that cached the key set, or read it from a replica "+
				"without the new file, refuse new tokens until they fetch it again: PyJWT up to 5 minutes, "+
				"express-oauth2-jwt-bearer 10 minutes, AWS 2 hours.")
		return nil
	}
	c.print("접근 토큰은 %s부터 새 키로 서명합니다. 그 전에 모든 복제본에 새 파일을 두십시오.",
		"Access tokens are signed with the new key from %s: give every replica the new file before then.",
		from.Format(time.RFC3339))
	return nil
}
