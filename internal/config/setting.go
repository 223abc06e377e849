package config

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Setting is a row of the table: one thing that can be set, and everything that is to be said about it.
type Setting struct {
	Name    string   // in the environment: "NORANG_URL"
	Aliases []string // further names there, for those who have them already
	Flag    string   // "url"; a secret has none, see FlagName
	Key     string   // in the file: "url", "kakao.client_id"
	Default string   // as a person would write it; "" if there is none
	Phrase  Text     // the default where it is said and not written; zero if Default is a value
	Help    Text
	Example string
	Group   Group

	field func(*Settings) any // a pointer to where the value goes; its type decides how it is read
	none  bool                // a duration that may be none at all: 0, 0d, or the word that is its default
}

// Group is a heading of the documentation.
type Group int

// The groups, in the order in which they are shown.
const (
	GroupService Group = iota
	GroupKakao
	GroupBrowser
	GroupLimits
	GroupJoin
	GroupKeep
	GroupApp
	GroupBrand
	GroupEmulator
)

// Title is the group's heading.
func (g Group) Title() Text {
	return [...]Text{
		GroupService:  {"서비스", "The service"},
		GroupKakao:    {"카카오 앱", "The app at Kakao"},
		GroupBrowser:  {"브라우저와 세션", "Browsers and sessions"},
		GroupLimits:   {"요청 한도", "Limits"},
		GroupJoin:     {"가입", "Joining"},
		GroupKeep:     {"탈퇴와 보관", "Leaving and keeping"},
		GroupApp:      {"뒤에 있는 앱", "The app behind"},
		GroupBrand:    {"화면", "Pages"},
		GroupEmulator: {"에뮬레이터", "The emulator"},
	}[g]
}

// Secret reports a setting whose value nobody may see. It can also be given as a file: Name + "_FILE" in the environment,
// Key + "_file" in the file, and on the command line only so, because other users of a machine can read command lines.
func (s *Setting) Secret() bool {
	switch s.field(new(Settings)).(type) {
	case *Secret, *[]Secret:
		return true
	}
	return false
}

// CanBeFile reports whether NAME_FILE is understood: for secrets, and for the database, whose address may hold one.
func (s *Setting) CanBeFile() bool {
	_, db := s.field(new(Settings)).(*Database)
	return db || s.Secret()
}

// FlagName is the flag without its dashes; for a secret it takes a file.
func (s *Setting) FlagName() string {
	if s.Secret() {
		return s.Flag + "-file"
	}
	return s.Flag
}

// Switch reports a setting that is on or off, whose flag needs no value.
func (s *Setting) Switch() bool {
	_, ok := s.field(new(Settings)).(*bool)
	return ok
}

// Names are the variables of the environment that set it, the …_FILE forms included.
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

// Kind says in words what the value looks like.
func (s *Setting) Kind() Text {
	switch s.field(new(Settings)).(type) {
	case *int64:
		return Text{"숫자", "number"}
	case *bool:
		return Text{"켜기/끄기 (1 또는 0)", "on or off (1 or 0)"}
	case *time.Duration:
		return Text{"기간 (14d, 12h, 30m)", "duration (14d, 12h, 30m)"}
	case *[]string:
		return Text{"목록 (쉼표로 구분)", "list, separated by commas"}
	case *[]netip.Prefix:
		return Text{"네트워크 목록 (CIDR, 쉼표로 구분)", "networks (CIDR), separated by commas"}
	case *[]Term:
		return Text{"약관 목록 (환경 변수에서는 JSON, 파일에서는 [[terms]])", "terms (JSON in the environment, [[terms]] in the file)"}
	case *Listen:
		return Text{"주소:포트", "host:port"}
	case *Rate:
		return Text{"1분에 몇 번/한꺼번에 몇 번까지 (30/60), 또는 off", "so many a minute/at once (30/60), or off"}
	case *Secret:
		return Text{"비밀 값", "secret"}
	case *[]Secret:
		return Text{"비밀 값 목록 (쉼표로 구분)", "secrets, separated by commas"}
	default:
		return Text{"글자", "text"}
	}
}

// find looks a setting up by any of its names in the environment.
func find(name string) (*Setting, bool) {
	for i := range table {
		if slices.Contains(table[i].Names(), name) {
			return &table[i], true
		}
	}
	return nil, false
}

// Table lists every setting. The slice is the caller's; what is inside is shared.
func Table() []Setting { return slices.Clone(table) }

// Known reports whether a variable of the environment is a setting, "PORT" aside.
func Known(name string) bool {
	_, ok := find(name)
	return ok
}

// DefaultIn is the default for a reader of "ko" or "en".
func (s Setting) DefaultIn(lang string) string {
	if phrase := s.Phrase.In(lang); phrase != "" {
		return phrase
	}
	return s.Default
}

// nearest finds the known name that was probably meant, "" if none is near. The prefix that all names have makes none of
// them nearer.
func nearest(name string, known []string) string {
	best, at := "", len(strings.TrimPrefix(name, "NORANG_"))/3+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < at {
			best, at = k, d
		}
	}
	return best
}

// distance counts the letters to change, add or remove (Levenshtein).
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
