package config

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/i18n"
)

// Setting is a row of the table.
type Setting struct {
	Name    string   // in the environment: "NORANG_URL"
	Aliases []string // further names in the environment
	Flag    string   // "url"; for a secret see FlagName; "" if there is none
	Key     string   // in the file: "url", "kakao.client_id"
	Default string   // as a user would write it; "" if there is none
	// DefaultText describes a Default that is not a literal value; zero otherwise.
	DefaultText i18n.Text
	Help        i18n.Text
	Example     string
	Group       Group

	field  func(*Settings) any // pointer to the value; its type decides how the text is parsed
	secret bool                // the value is never shown
	// zeroable is a duration that may be zero (0, 0d, or the word that is its default), or a number that may be -1.
	zeroable bool
}

// databaseSetting is the setting whose value may hold a password.
const databaseSetting = "NORANG_DATABASE"

// keysTextSetting is the setting whose value is a file of several lines. Others with line breaks are keys in PEM.
const keysTextSetting = "NORANG_KEYS_TEXT"

// Group is a heading of the documentation.
type Group int

// The groups, in the order in which they are shown.
const (
	GroupService Group = iota
	GroupKakao
	GroupNaver
	GroupLINE
	GroupGoogle
	GroupApple
	GroupOIDC
	GroupBrowser
	GroupLimits
	GroupJoin
	GroupKeep
	GroupApp
	GroupBrand
	GroupEmulator
)

// Title is the group's heading.
func (g Group) Title() i18n.Text {
	return [...]i18n.Text{
		GroupService:  {Ko: "서비스", En: "Service"},
		GroupKakao:    {Ko: "카카오 앱", En: "Kakao app"},
		GroupLINE:     {Ko: "LINE 채널", En: "LINE channel"},
		GroupNaver:    {Ko: "네이버 애플리케이션", En: "Naver application"},
		GroupApple:    {Ko: "Apple 로그인", En: "Sign in with Apple"},
		GroupOIDC:     {Ko: "OpenID Connect 제공자", En: "OpenID Connect providers"},
		GroupGoogle:   {Ko: "Google 클라이언트", En: "Google client"},
		GroupBrowser:  {Ko: "브라우저와 세션", En: "Browsers and sessions"},
		GroupLimits:   {Ko: "요청 한도", En: "Rate limits"},
		GroupJoin:     {Ko: "가입", En: "Joining"},
		GroupKeep:     {Ko: "탈퇴와 보관", En: "Withdrawal and retention"},
		GroupApp:      {Ko: "뒤에 있는 앱", En: "Your app"},
		GroupBrand:    {Ko: "화면", En: "Pages"},
		GroupEmulator: {Ko: "에뮬레이터", En: "Emulator"},
	}[g]
}

// Secret reports a setting whose value is never shown. It can be given as a file: Name + "_FILE" in the environment,
// Key + "_file" in the file. On the command line that is the only way, because other users can read command lines.
func (s *Setting) Secret() bool { return s.secret }

// CanBeFile reports whether NAME_FILE is accepted: for secrets, and for the database, whose address may hold a
// password.
func (s *Setting) CanBeFile() bool { return s.secret || s.Name == databaseSetting }

// FlagName is the flag without its dashes; for a secret it takes a file.
func (s *Setting) FlagName() string {
	if s.secret {
		return s.Flag + "-file"
	}
	return s.Flag
}

// Switch reports a setting that is on or off, whose flag needs no value.
func (s *Setting) Switch() bool {
	_, ok := s.field(new(Settings)).(*bool)
	return ok
}

// Field is the path of the field of [norang.Config] that the setting sets, such as "Kakao.ClientID"; "" if there is
// none.
func (s *Setting) Field() string {
	var all Settings
	return pathTo(reflect.ValueOf(&all.Config).Elem(), reflect.ValueOf(s.field(&all)), "")
}

// pathTo finds the field of v that target points to.
func pathTo(v, target reflect.Value, path string) string {
	for i := range v.NumField() {
		f, name := v.Field(i), path+v.Type().Field(i).Name
		if f.Addr().Pointer() == target.Pointer() && f.Type() == target.Type().Elem() {
			return name
		}
		if f.Kind() == reflect.Struct {
			if found := pathTo(f, target, name+"."); found != "" {
				return found
			}
		}
	}
	return ""
}

// Names are the variables of the environment that set it, including the …_FILE forms.
func (s *Setting) Names() []string {
	names := append([]string{s.Name}, s.Aliases...)
	if s.CanBeFile() {
		for _, n := range slices.Clone(names) {
			names = append(names, n+fileSuffix)
		}
	}
	return names
}

const fileSuffix = "_FILE"

// Kind describes the form of the value.
func (s *Setting) Kind() i18n.Text {
	switch s.field(new(Settings)).(type) {
	case *int64, *int:
		return i18n.Text{Ko: "숫자", En: "number"}
	case *bool:
		return i18n.Text{Ko: "켜기/끄기 (1 또는 0)", En: "on or off (1 or 0)"}
	case *time.Time:
		return i18n.Text{Ko: "날짜 (2028-11-30)", En: "date (2028-11-30)"}
	case *time.Duration:
		return i18n.Text{Ko: "기간 (14d, 12h, 30m)", En: "duration (14d, 12h, 30m)"}
	case *[]netip.Prefix:
		return i18n.Text{Ko: "네트워크 목록 (CIDR이나 unix, 쉼표로 구분)", En: "networks (CIDR or unix), separated by commas"}
	case *[]norang.Term:
		return i18n.Text{Ko: "약관 목록 (환경 변수에서는 JSON, 파일에서는 [[terms]])",
			En: "terms (JSON in the environment, [[terms]] in the file)"}
	case *Listen:
		return i18n.Text{Ko: "주소:포트 또는 unix:/경로", En: "host:port or unix:/path"}
	case *OpsListen:
		return i18n.Text{Ko: "주소:포트", En: "host:port"}
	case *norang.Rate:
		return i18n.Text{Ko: "1분에 몇 번/한꺼번에 몇 번까지 (30/60), 또는 off", En: "requests a minute/at once (30/60), or off"}
	case *[]string:
		if s.secret {
			return i18n.Text{Ko: "비밀 값 목록 (쉼표로 구분)", En: "secrets, separated by commas"}
		}
		return i18n.Text{Ko: "목록 (쉼표로 구분)", En: "list, separated by commas"}
	}
	if s.secret {
		return i18n.Text{Ko: "비밀 값", En: "secret"}
	}
	return i18n.Text{Ko: "글자", En: "text"}
}

// find looks a setting of the table up by any of its names in the environment.
func find(name string) (*Setting, bool) { return findIn(table, name) }

func findIn(rows []Setting, name string) (*Setting, bool) {
	i := slices.IndexFunc(rows, func(s Setting) bool { return slices.Contains(s.Names(), name) })
	if i < 0 {
		return nil, false
	}
	return &rows[i], true
}

// Table lists every setting but those of OpenID Connect providers, whose names are not known. The caller may change the
// slice.
func Table() []Setting { return slices.Clone(table) }

// Known reports whether a variable of the environment is a setting, "PORT" aside.
func Known(name string) bool {
	if _, ok := find(name); ok {
		return true
	}
	_, ok := ofOIDC(name)
	return ok
}

// DefaultIn is the default in a language.
func (s Setting) DefaultIn(l i18n.Lang) string {
	if text := s.DefaultText.In(l); text != "" {
		return text
	}
	return s.Default
}

// nearest finds the known name that was probably meant, "" if none is close.
func nearest(name string, known []string) string {
	best, at := "", len(strings.TrimPrefix(name, "NORANG_"))/3+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < at {
			best, at = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
