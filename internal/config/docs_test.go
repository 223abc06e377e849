package config

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

var update = flag.Bool("update", false, "rewrite docs/settings.md and docs/settings.ko.md")

func TestDocsMatchTheTable(t *testing.T) {
	t.Parallel()
	for l, words := range docsWords {
		path := "../../docs/" + words.file
		var want bytes.Buffer
		if err := writeDocs(&want, l); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("docs/%s differs from the table; run: go test ./internal/config -update", words.file)
		}
	}
}

// docsWords are the words of the page in each language; head has ~ in place of backquotes.
var docsWords = map[i18n.Lang]struct {
	file, head, value, byDefault, example, flag, inFile, also, aFile string
}{
	i18n.En: {
		file: "settings.md", head: docsHead, value: "Value", byDefault: "Default", example: "Example", flag: "Flag",
		inFile: "In the file", also: "Also", aFile: "A file",
	},
	i18n.Ko: {
		file: "settings.ko.md", head: docsHeadKo, value: "값", byDefault: "기본값", example: "예", flag: "플래그",
		inFile: "파일에서", also: "다른 이름", aFile: "파일의 예",
	},
}

const docsGenerated = `<!-- Generated from the table in internal/config; change it there and run: ` +
	"go test ./internal/config -update -->\n"

const docsHead = `# Settings

` + docsGenerated + `
[한국어](settings.ko.md)

A setting is taken from the first of these that has it: a flag, the environment, the file, the default. The file is the
one given with ~--config~, else the one that ~NORANG_CONFIG~ names, else ~norang.toml~ in the working directory, if
there is one. ~norang serve~ does not start with an invalid, unsafe or contradictory setting: it reports every error at
once and exits with status 2. ~norang serve --check~ only checks. A ~.env~ file is not read: load it with your
shell, compose file or service manager. An empty variable counts as unset.

* An unknown ~NORANG_…~ variable, an unknown key in the file and a name that is set twice are errors; an unknown
  variable of a provider (~KAKAO_…~, ~OIDC_…~) is a warning, and so is a setting of a provider that is not turned on
  because ~NAVER_CLIENT_ID~ or the like is missing. Variables that Kubernetes sets for a service named norang are
  ignored.
* A secret has no flag, because other users can read command lines. It can be given as a file: ~NAME_FILE~ in the
  environment, ~--name-file~ on the command line, ~name_file~ in the file. Such a file, and a ~norang.toml~ that
  contains a secret, must not be readable by others (~chmod o-rwx~). One newline at its end is ignored. A
  relative path is relative to the working directory, also in the file.
* Containers mount secrets readable by all, on a read-only volume in memory (~/run/secrets~). That is accepted with a
  warning. To avoid it: on Kubernetes ~defaultMode: 0440~ and the pod's ~fsGroup~, in a compose file
  ~mode: 0400~ and ~uid~ of the secret. Secrets that Compose mounts from a file keep the mode of that file.
* Lists are separated by commas in the environment and on the command line, and are arrays of texts in the file.
* ~PORT~, as hosting platforms set it, means that port on every interface, unless ~NORANG_LISTEN~ or ~--listen~ is
  set. If ~PORT~ and ~NORANG_LISTEN~ have different ports, that is an error.
`

const docsHeadKo = `# 설정

` + docsGenerated + `
[English](settings.md)

설정은 플래그, 환경 변수, 파일, 기본값 순서로 찾아서 먼저 나온 값을 씁니다. 파일은 ~--config~로 지정한 것이고, 없으면 ~NORANG_CONFIG~가
가리키는 것, 그것도 없으면 작업 디렉터리의 ~norang.toml~입니다. 잘못되었거나 위험하거나 서로 어긋난
설정이 있으면 ~norang serve~는 시작하지 않고 모두 한꺼번에 알린 뒤 상태 2로 끝납니다. ~norang serve --check~는 확인만 합니다. ~.env~
파일은 읽지 않습니다. 셸, 컴포즈 파일, 서비스 관리자로 읽어 들이십시오. 빈 환경 변수는 없는 것으로 봅니다.

* 모르는 ~NORANG_…~ 변수, 파일의 모르는 키, 두 번 정한 이름은 오류이고, 제공자의 모르는 변수(~KAKAO_…~, ~OIDC_…~)는 경고입니다.
  ~NAVER_CLIENT_ID~ 같은 설정이 없어서 켜지지 않은 제공자의 설정도 경고입니다.
  이름이 norang인 서비스 때문에 쿠버네티스가 정하는 변수는 무시합니다.
* 비밀 값에는 플래그가 없습니다. 명령줄은 다른 사용자가 읽을 수 있기 때문입니다. 파일로 줄 수 있습니다. 환경 변수에서는 ~NAME_FILE~, 명령줄에서는
  ~--name-file~, 파일에서는 ~name_file~입니다. 그런 파일과 비밀 값이 든 ~norang.toml~을 다른 사용자가 읽을 수 없어야 합니다(~chmod o-rwx~).
  끝의 줄바꿈 하나는 무시합니다. 상대 경로는 설정 파일에 적었더라도 작업 디렉터리를 기준으로 찾습니다.
* 컨테이너는 메모리에 있는 읽기 전용 볼륨(~/run/secrets~)에, 누구나 읽을 수 있는 비밀 값을 마운트합니다. 이것은 경고만 하고 받아들입니다. 막으려면
  쿠버네티스에서는 ~defaultMode: 0440~과 포드의 ~fsGroup~, 컴포즈 파일에서는 비밀의 ~mode: 0400~과 ~uid~를 쓰십시오. Compose가 파일에서
  마운트한 비밀은 그 파일의 권한을 그대로 가집니다.
* 목록은 환경 변수와 명령줄에서는 쉼표로 나누고, 파일에서는 글자의 배열입니다.
* 호스팅 서비스가 정하는 ~PORT~는, ~NORANG_LISTEN~이나 ~--listen~이 없으면 모든 인터페이스의 그 포트를 뜻합니다. ~PORT~와 ~NORANG_LISTEN~의
  포트가 다르면 오류입니다.
`

// writeDocs writes docs/settings.md, or docs/settings.ko.md.
func writeDocs(w io.Writer, l i18n.Lang) error {
	var b strings.Builder
	words := docsWords[l]
	b.WriteString(strings.ReplaceAll(words.head, "~", "`"))
	group := Group(-1)
	rows := rowsOf([]string{"name"})
	for i := range rows {
		s := &rows[i]
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n## %s\n", group.Title().In(l))
		}
		s.writeDocs(&b, l)
	}
	fmt.Fprintf(&b, "\n## %s\n\n```toml\n%s```\n", words.aFile, ExampleFile)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Setting) writeDocs(b *strings.Builder, l i18n.Lang) {
	words := docsWords[l]
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n", s.Name, strings.ReplaceAll(s.Help.In(l), "*", `\*`))
	fmt.Fprintf(b, "| | |\n|---|---|\n| %s | %s |\n", words.value, s.Kind().In(l))
	switch {
	case !s.DefaultText.IsZero():
		fmt.Fprintf(b, "| %s | %s |\n", words.byDefault, s.DefaultIn(l))
	case s.Default != "":
		fmt.Fprintf(b, "| %s | `%s` |\n", words.byDefault, s.Default)
	}
	fmt.Fprintf(b, "| %s | `%s` |\n", words.example, s.Example)
	if s.Flag != "" {
		fmt.Fprintf(b, "| %s | `--%s` |\n", words.flag, s.FlagName())
	}
	fmt.Fprintf(b, "| %s | `%s` |\n", words.inFile, s.Key)
	if more := s.Names()[1:]; len(more) > 0 {
		fmt.Fprintf(b, "| %s | `%s` |\n", words.also, strings.Join(more, "`, `"))
	}
}

// ExampleFile is a norang.toml with each kind of value. A test reads it.
const ExampleFile = `url = "https://login.example.com"
database = "/var/lib/norang/norang.db"
trusted_proxies = ["10.0.0.0/8"]

[kakao]
client_id = "0123456789abcdef0123456789abcdef"
client_secret_file = "/run/secrets/kakao_client_secret"
admin_key_file = "/run/secrets/kakao_admin_key"
app_id = 123456

[session]
idle = "7d"

[brand]
name = "우리 가게"
color = "#1f6feb"

[[terms]]
tag = "service"
version = "2026-01"
title_ko = "이용약관"
title_en = "Terms of service"
url = "https://example.com/terms"
required = true
`
