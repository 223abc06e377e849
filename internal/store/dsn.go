package store

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// IsPostgres reports whether a DSN is the URL of a PostgreSQL database. Every other one is the path of a SQLite file.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Addresses of databases that are not URLs, each with a place for a password.
var (
	// namedScheme can be repeated in a message, because no password is in front of it.
	namedScheme = regexp.MustCompile(`(?i)^(?:(?:jdbc|odbc|file|sqlite3?):|[a-z][a-z0-9+.-]+://)`)
	// keywordDSN is "host=… user=…" of PostgreSQL, "Server=…;Password=…" of ADO and ODBC, and what follows a "?".
	keywordDSN = regexp.MustCompile(`(?i)(^|[\s;?&'"])(host|hostaddr|port|dbname|database|user|user ?name|user ?id|uid|` +
		`sslmode|service|server|data source|initial catalog|driver)\s*=|(password|passwd|pwd)\s*=`)
	// userAtHost is "user:password@tcp(host)/name" of MySQL, ":password@host" of Redis, "user/password@//host" of
	// Oracle.
	userAtHost = regexp.MustCompile(`(?s)^([^/\\:]{2,}|):.*@|^[^/\\:]:[^/\\].*@|@(//|(tcp6?|unix)\()`)
)

// CheckDSN refuses addresses of other databases, and other forms of PostgreSQL's, which would be taken for the name of
// a file. Errors are [i18n.Error] and do not repeat the address, because it can hold a password.
func CheckDSN(dsn string) error {
	if IsPostgres(dsn) {
		if _, err := url.Parse(dsn); err != nil {
			return i18n.Error{
				Ko: "URL이 아닙니다. 사용자와 비밀번호의 특수 문자는 %2F(/), %3F(?), %23(#), %40(@)처럼 적으십시오.",
				En: "must be a URL: write special characters of the user and password as %2F (/), %3F (?), %23 (#), %40 (@)",
			}
		}
		return nil
	}
	if scheme := namedScheme.FindString(dsn); scheme != "" {
		scheme = strings.TrimSuffix(scheme, "//")
		return i18n.Errorf("%s로 시작할 수 없습니다. 파일 경로나 소문자 postgres://로 시작하는 주소를 적으십시오.",
			"must be a path or a URL that begins with postgres:// in lower case, not with %s", scheme)
	}
	if keywordDSN.MatchString(dsn) {
		return i18n.Errorf("host=… user=… 형식은 쓸 수 없습니다. postgres://user:password@host/name으로 적으십시오.",
			"must be written as postgres://user:password@host/name, not as host=… user=…")
	}
	head, rest, colon := strings.Cut(dsn, ":")
	scheme := colon && len(head) > 1 && !strings.ContainsAny(head, `/\. `)
	if len(head) != 1 { // C:\norang.db
		rest = dsn
	}
	if scheme || strings.Contains(rest, "://") || userAtHost.MatchString(dsn) {
		return i18n.Errorf("파일 경로도 postgres://로 시작하는 주소도 아닙니다. 따옴표나 공백 없이 둘 가운데 하나로 적으십시오.",
			"must be a path or a URL that begins with postgres://, without quotes or spaces around it")
	}
	return nil
}

// CheckFile refuses the address of a database, of any kind, and - for standard input or output, where the path of a
// file is expected. Its errors are like those of [CheckDSN].
func CheckFile(path string) error {
	if path == "-" { // would be made in the working directory, although a pipe was meant
		return i18n.Errorf("파일 경로를 적으십시오. -로 표준 입출력을 쓸 수는 없습니다.",
			"must be the path of a file: standard input and output (-) do not work here")
	}
	if IsPostgres(path) {
		return i18n.Errorf("데이터베이스의 주소가 아니라 파일 경로를 적으십시오.", "must be the path of a file, not the address of a database")
	}
	return CheckDSN(path)
}
