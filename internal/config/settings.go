package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
)

// Settings are the values that were found; a field is zero where none was. Printing them shows no secret.
type Settings struct {
	norang.Config
	Listen       Listen
	OpsListen    OpsListen
	TemplatesDir string
	LogLevel     slog.Level

	sources map[string]string // by setting, the variable, flag or key of the file that its value is from
}

// Listen is an address to listen on, "host:port" or "unix:/path"; an empty host means every interface.
type Listen string

// OpsListen is an address to listen on, "host:port".
type OpsListen string

// unixPeers is how the peers over a Unix socket are written in a list of networks.
const unixPeers = "unix"

const redacted = "[redacted]"

// StandIn sets a secret that is missing to the text that stand returns, for a command that checks the other settings
// and uses no secret. A setting that is set or no secret stays as it is.
func (s *Settings) StandIn(name string, stand func() (string, error)) error {
	rows := rowsOf(oidcNamesOf(s))
	i := slices.IndexFunc(rows, func(row Setting) bool { return row.Name == name && row.secret })
	if i < 0 || !reflect.ValueOf(rows[i].field(s)).Elem().IsZero() {
		return nil
	}
	text, err := stand()
	if err != nil {
		return err
	}
	if p := assign(&rows[i], rows[i].field(s), given{setting: &rows[i], where: name, text: text}); p != nil {
		return &Error{Setting: name, Reason: p.reason}
	}
	return nil
}

// Set are the settings that are set, by name, with secrets redacted.
func (s Settings) Set() map[string]string {
	out := map[string]string{}
	rows := rowsOf(oidcNamesOf(&s))
	for i := range rows {
		row := &rows[i]
		v := reflect.ValueOf(row.field(&s)).Elem()
		switch {
		case v.IsZero():
		case row.secret:
			out[row.Name] = redacted
		case row.Name == databaseSetting:
			out[row.Name] = RedactDatabase(s.Database)
		case v.Type() == reflect.TypeFor[time.Time]():
			out[row.Name] = v.Interface().(time.Time).Format(time.DateOnly)
		case v.Type() == reflect.TypeFor[[]netip.Prefix]():
			out[row.Name] = networks(v.Interface().([]netip.Prefix))
		default:
			out[row.Name] = fmt.Sprint(v.Interface())
		}
	}
	return out
}

// networks writes a list of networks as it is given.
func networks(all []netip.Prefix) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.String()
		if p == norang.UnixPeers() {
			texts[i] = unixPeers
		}
	}
	return fmt.Sprint(texts)
}

// Check opens the templates and reports what is wrong with the settings together, besides known, the errors of reading
// them. It is what decides whether the service starts. passed is how many listeners a service manager has opened, in
// place of the settings' addresses. If known says that the file was not read, there is nothing to decide about.
func (s *Settings) Check(known Errors, passed int) (errs Errors) {
	if known.fileUnread() {
		return nil
	}
	if e := s.openTemplates(); e != nil {
		errs = append(errs, e)
	}
	if s.AccessLog && s.LogLevel > slog.LevelInfo {
		errs = append(errs, &Error{Setting: "NORANG_ACCESS_LOG", Reason: i18n.Text{
			Ko: "info 수준으로 남기므로 NORANG_LOG_LEVEL이 warn이나 error이면 쓸 수 없습니다.",
			En: "is logged at level info, which NORANG_LOG_LEVEL leaves out",
		}})
	}
	errs = append(errs, s.checkAddresses(known, passed)...)
	return s.located(append(errs, Unusable(s.Config.Check(), slices.Concat(known, errs))...))
}

// openTemplates sets Templates to the files of TemplatesDir. The result is nil if there is nothing to report.
func (s *Settings) openTemplates() *Error {
	if s.TemplatesDir == "" {
		return nil
	}
	s.Templates = os.DirFS(s.TemplatesDir)
	switch _, err := os.ReadDir(s.TemplatesDir); {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission):
		return &Error{
			Setting: "NORANG_TEMPLATES", Reason: i18n.Textf("읽을 수 없습니다: %v", "cannot be read: %v", err), Cause: err,
		}
	}
	p := malformed(s.TemplatesDir, "디렉터리가 아닙니다.", "must be a directory")
	return &Error{Setting: "NORANG_TEMPLATES", Value: p.value, Reason: p.reason}
}

// Format redacts secrets under every verb.
func (s Settings) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.Set()) }

// MarshalJSON redacts secrets.
func (s Settings) MarshalJSON() ([]byte, error) { return json.Marshal(s.Set()) }

// LogValue redacts secrets.
func (s Settings) LogValue() slog.Value { return slog.AnyValue(s.Set()) }

// RedactDatabase returns a database's path or address without what could be a password.
func RedactDatabase(database string) string {
	if app.CheckDatabaseForm(database) != nil {
		return redacted
	}
	if !strings.Contains(database, "://") {
		return database
	}
	u, err := url.Parse(database)
	if err != nil || strings.Contains(u.Path, "@") { // then a "/" in the password has ended the host
		return redacted
	}
	// Parameters can hold a password too (?password=, ?sslpassword=).
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// PlainDatabase reports a PostgreSQL address one of whose hosts is another machine, and that does not require TLS.
// Without sslmode, or with prefer, an attacker on the network can have TLS left out.
func PlainDatabase(database string) bool {
	if scheme, _, ok := strings.Cut(database, "://"); !ok || !strings.HasPrefix(strings.ToLower(scheme), "postgres") {
		return false
	}
	u, err := url.Parse(database)
	if err != nil || !slices.Contains([]string{"", "disable", "allow", "prefer"}, u.Query().Get("sslmode")) {
		return false
	}
	hosts := strings.Split(cmp.Or(u.Query().Get("host"), u.Host), ",")
	return slices.ContainsFunc(hosts, func(host string) bool { return !local(host) })
}

// local reports whether a host of a PostgreSQL address, with or without a port, is this machine or the directory of a
// socket.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "" || host == "localhost" || strings.HasPrefix(host, "/") || err == nil && ip.Unmap().IsLoopback()
}

// hasPassword reports a database address that other processes must not see. It does not parse the address, because a
// password with a "/", "?" or "@" in it breaks the address apart.
func hasPassword(database string) bool {
	_, rest, isURL := strings.Cut(database, "://")
	if !isURL {
		return false
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 && strings.Contains(rest[:at], ":") {
		return true
	}
	_, query, _ := strings.Cut(rest, "?")
	plain, err := url.QueryUnescape(query)
	return err != nil || strings.Contains(strings.ToLower(plain), "password=") // sslpassword= too
}
