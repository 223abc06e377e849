package app

import (
	"errors"
	"io/fs"
	"unicode"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/store"
)

// Advice is why a database cannot be used, a clause without a full stop, and what its operator does about it.
type Advice struct {
	Cause, Fix i18n.Text
	// File is the SQLite file if it is damaged, otherwise "". See [Damage].
	File string
}

// restoreFix is what to do about a damaged database.
var restoreFix = i18n.Text{
	Ko: "서비스의 데이터베이스라면 서비스를 멈추고 가장 새로운 온전한 백업을 되돌리십시오: norang db restore 백업파일. " +
		"상한 파일은 옆에 남으니 -wal 파일과 함께 지우지 마십시오(docs/operating.ko.md).",
	En: "If it is the service's database, stop the service and restore the newest sound backup: norang db restore FILE. " +
		"The damaged file is kept next to it; do not delete it or its -wal file (docs/operating.md).",
}

// advices are those that are the same for every database.
var advices = map[store.Cause]Advice{
	store.Damaged: {
		Cause: i18n.Text{Ko: "데이터베이스 파일이 상했습니다", En: "the database file is damaged"},
		Fix:   restoreFix,
	},
	store.NotSQLite: {
		Cause: i18n.Text{
			Ko: "SQLite 데이터베이스가 아니거나 앞부분이 상한 파일입니다",
			En: "the file is not an SQLite database, or its beginning is damaged",
		},
		Fix: i18n.Text{
			Ko: "NORANG_DATABASE(--database)가 가리키는 파일을 확인하십시오. " + restoreFix.Ko,
			En: "Check which file NORANG_DATABASE (--database) names. " + restoreFix.En,
		},
	},
	store.Foreign: {
		Cause: i18n.Text{Ko: "다른 프로그램의 데이터베이스입니다", En: "the file is the database of another program"},
		Fix: i18n.Text{
			Ko: "norang은 이 파일에 쓰지 않습니다. NORANG_DATABASE(--database)에 다른 경로를 적으십시오.",
			En: "norang does not write to it. Name another path in NORANG_DATABASE (--database).",
		},
	},
	store.Newer: {
		Cause: i18n.Text{
			Ko: "더 새로운 norang이 마이그레이션해서 이 버전으로는 쓸 수 없는 데이터베이스입니다",
			En: "a newer norang has migrated the database, and this one cannot use it",
		},
		Fix: i18n.Text{
			Ko: "더 새로운 norang을 실행하거나, 업데이트하기 전의 백업을 이 버전으로 되돌리십시오(docs/operating.ko.md).",
			En: "Run the newer norang, or restore a backup from before the update with this one (docs/operating.md).",
		},
	},
	store.Locked: {
		Cause: i18n.Text{
			Ko: "다른 프로세스가 데이터베이스 파일의 쓰기 잠금을 쥐고 있습니다",
			En: "another process holds the write lock of the database file",
		},
		Fix: i18n.Text{
			Ko: "fuser나 lsof로 그 프로세스를 찾으십시오. sqlite3 셸에서 끝내지 않은 트랜잭션이나 복사 프로그램일 수 있습니다. 끝낸 다음 다시 실행하십시오.",
			En: "Find the process with fuser or lsof: it may be a shell of sqlite3 with an open transaction, or a program " +
				"that copies the file. End it and run this again.",
		},
	},
	store.Failing: {
		Cause: i18n.Text{Ko: "데이터베이스의 디스크를 읽거나 쓰지 못했습니다", En: "the disk of the database fails"},
		Fix: i18n.Text{
			Ko: "커널의 기록(dmesg)을 보고, 데이터베이스를 norang.db-wal과 함께 다른 디스크로 옮긴 다음 norang db check를 실행하십시오.",
			En: "See the kernel's log (dmesg), move the database with its -wal file to another disk, and run norang db check.",
		},
	},
	store.Unopened: {
		Cause: i18n.Text{
			Ko: "데이터베이스 파일이나 그 -wal, -shm 파일을 열 수 없습니다",
			En: "the file of the database, or its -wal or -shm file, cannot be opened",
		},
		Fix: i18n.Text{
			Ko: "프로세스가 열 수 있는 파일의 수(ulimit -n, systemd의 LimitNOFILE)를 늘리고, 파일과 디렉터리가 그대로 있는지 확인하십시오.",
			En: "Raise the limit of open files of the process (ulimit -n, LimitNOFILE of systemd), and check that the files " +
				"and their directory still exist.",
		},
	},
	store.NoServer: {
		Cause: i18n.Text{Ko: "그 주소에서 PostgreSQL이 답하지 않습니다", En: "PostgreSQL does not answer at this address"},
		Fix: i18n.Text{
			Ko: "PostgreSQL이 실행 중인지, 주소의 호스트와 포트, listen_addresses와 방화벽을 확인하십시오.",
			En: "Check that PostgreSQL runs, the host and port of the address, listen_addresses and firewalls.",
		},
	},
	store.NoSocket: {
		Cause: i18n.Text{Ko: "PostgreSQL의 소켓이 없습니다", En: "the socket of PostgreSQL does not exist"},
		Fix: i18n.Text{
			Ko: "PostgreSQL이 실행 중인지, 주소의 host가 unix_socket_directories의 디렉터리인지 확인하십시오.",
			En: "Check that PostgreSQL runs, and that host in the address is a directory of unix_socket_directories.",
		},
	},
	store.NoHost: {
		Cause: i18n.Text{Ko: "데이터베이스의 호스트 이름을 찾을 수 없습니다", En: "the host name of the database cannot be resolved"},
		Fix:   i18n.Text{Ko: "주소의 호스트와 DNS를 확인하십시오.", En: "Check the host in the address, and DNS."},
	},
	store.NoTLS: {
		Cause: i18n.Text{
			Ko: "데이터베이스와 TLS로 연결할 수 없습니다", En: "TLS to the database cannot be established",
		},
		Fix: i18n.Text{
			Ko: "서버의 인증서와 주소의 sslmode, sslrootcert를 확인하십시오(docs/postgresql.ko.md).",
			En: "Check the server's certificate, and sslmode and sslrootcert in the address (docs/postgresql.md).",
		},
	},
	store.WrongPassword: {
		Cause: i18n.Text{Ko: "PostgreSQL이 비밀번호를 거절했습니다", En: "PostgreSQL refuses the password"},
		Fix: i18n.Text{
			Ko: "주소의 역할과 비밀번호를 확인하십시오. 비밀번호의 @ : / # % 같은 글자는 %40처럼 적어야 합니다.",
			En: "Check the role and the password in the address; characters such as @ : / # % in it are written as %40.",
		},
	},
	store.NoLogin: {
		Cause: i18n.Text{Ko: "PostgreSQL이 이 역할의 로그인을 거절했습니다", En: "PostgreSQL refuses the login of this role"},
		Fix: i18n.Text{
			Ko: "주소의 역할이 있고 LOGIN이며, pg_hba.conf가 이 컴퓨터에서 오는 연결을 허락하는지 확인하십시오.",
			En: "Check that the role in the address exists and has LOGIN, and that pg_hba.conf admits it from this machine.",
		},
	},
	store.NoDatabase: {
		Cause: i18n.Text{Ko: "PostgreSQL에 그런 데이터베이스가 없습니다", En: "PostgreSQL has no such database"},
		Fix: i18n.Text{
			Ko: "주소의 데이터베이스 이름을 고치거나 만드십시오: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
			En: "Correct the name in the address, or create it: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
		},
	},
	store.NoConnectRight: {
		Cause: i18n.Text{
			Ko: "이 역할은 데이터베이스에 연결할 권한이 없습니다", En: "the role may not connect to the database",
		},
		Fix: i18n.Text{
			Ko: "관리자로 실행하십시오: GRANT CONNECT ON DATABASE … TO …",
			En: "Run as an administrator: GRANT CONNECT ON DATABASE … TO …",
		},
	},
	store.NoConnections: {
		Cause: i18n.Text{Ko: "PostgreSQL의 연결이 모두 쓰이고 있습니다", En: "all connections of PostgreSQL are in use"},
		Fix: i18n.Text{
			Ko: "max_connections나 역할의 CONNECTION LIMIT을 늘리거나, 서비스의 pool_max_conns를 줄이십시오(docs/postgresql.ko.md). " +
				"누가 쓰는지는 pg_stat_activity에 있습니다.",
			En: "Raise max_connections or the CONNECTION LIMIT of the role, or lower pool_max_conns of the services " +
				"(docs/postgresql.md). pg_stat_activity shows who uses them.",
		},
	},
	store.Starting: {
		Cause: i18n.Text{Ko: "PostgreSQL이 시작하거나 멈추는 중입니다", En: "PostgreSQL starts, stops or recovers"},
		Fix: i18n.Text{
			Ko: "잠시 뒤에 다시 하십시오. 계속되면 PostgreSQL의 로그를 보십시오.",
			En: "Try again in a moment. If it persists, see the log of PostgreSQL.",
		},
	},
	store.RowsLocked: {
		Cause: i18n.Text{
			Ko: "PostgreSQL의 다른 트랜잭션이 잠금을 쥐고 있습니다", En: "another transaction of PostgreSQL holds a lock",
		},
		Fix: i18n.Text{
			Ko: "pg_stat_activity와 pg_locks에서 오래된 트랜잭션을 찾아 끝낸 다음 다시 실행하십시오.",
			En: "Find the old transaction in pg_stat_activity and pg_locks, end it, and run this again.",
		},
	},
	store.Standby: {
		Cause: i18n.Text{Ko: "PostgreSQL의 대기 서버입니다", En: "the PostgreSQL server is a standby"},
		Fix: i18n.Text{
			Ko: "주 서버의 주소를 쓰거나, 모든 서버를 적고 target_session_attrs=read-write를 더하십시오(docs/postgresql.ko.md).",
			En: "Use the address of the primary, or list all servers with target_session_attrs=read-write (docs/postgresql.md).",
		},
	},
	store.ReadOnlySet: {
		Cause: i18n.Text{
			Ko: "PostgreSQL에서 default_transaction_read_only가 켜져 있습니다",
			En: "PostgreSQL has default_transaction_read_only on",
		},
		Fix: i18n.Text{
			Ko: "끄십시오: 주소의 매개변수, postgresql.conf 또는 ALTER SYSTEM에 있습니다.",
			En: "Switch it off: it is a parameter of the address, in postgresql.conf, or set by ALTER SYSTEM.",
		},
	},
}

// deniedCause and deniedFix concern files and directories of SQLite.
var (
	deniedCause = i18n.Text{
		Ko: "이 계정은 데이터베이스의 파일이나 디렉터리를 쓸 수 없습니다.",
		En: "This account cannot use the file of the database or its directory.",
	}
	deniedFix = i18n.Text{
		Ko: "서비스의 계정으로 다시 실행하십시오. 그 계정이라면 파일과 디렉터리의 소유자를 그 계정으로 바꾸십시오(chown).",
		En: "Run this again under the account of the service. If it is that account, make it the owner of the file and its " +
			"directory (chown).",
	}
)

// DatabaseAdvice explains an error of the database. It reports false if there is nothing to advise.
func DatabaseAdvice(err error) (Advice, bool) {
	if errors.Is(err, store.ErrUnsound) {
		return Advice{}, false // it is about the copy to restore
	}
	cause := store.CauseOf(err)
	a, ok := advices[cause]
	if set, is := errors.AsType[*store.ReadOnlyError](err); is && set.Reset() != "" && cause == store.ReadOnlySet {
		a.Fix = i18n.Textf("관리자로 psql에서 실행하고 서비스를 다시 시작하십시오: %s",
			"Run this in psql as an administrator, and restart the service: %s", set.Reset()+";")
	}
	if file, is := errors.AsType[*store.FileError](err); is && (cause == store.Damaged || cause == store.NotSQLite) {
		a.File = file.Path
	}
	return a, ok
}

// Damage says what a damaged SQLite file looks like, in parentheses, "" if that cannot be told. The process must not
// have it open.
func Damage(path string) (text i18n.Text) {
	switch d := store.ExamineDamage(path); {
	case d.Zeros:
		return i18n.Text{Ko: "(0으로 시작함)", En: "(it begins with zeros)"}
	case d.Size < d.Whole:
		return i18n.Textf("(%[2]d바이트 가운데 %[1]d바이트만 있음)", "(%[1]d of %[2]d bytes are left)", d.Size, d.Whole)
	}
	return text
}

// databaseMissing reports that err means that there is no database yet. On PostgreSQL a missing file is a socket or a
// certificate.
func databaseMissing(database string, err error) bool {
	return !postgres(database) && errors.Is(err, fs.ErrNotExist)
}

// sentence makes a sentence of a clause.
func sentence(clause i18n.Text) i18n.Text {
	first, n := utf8.DecodeRuneInString(clause.En)
	return i18n.Text{Ko: clause.Ko + ".", En: string(unicode.ToUpper(first)) + clause.En[n:] + "."}
}
