package config

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/settings.md")

func TestDocsMatchTheTable(t *testing.T) {
	t.Parallel()
	const path = "../../docs/settings.md"
	var want bytes.Buffer
	if err := writeDocs(&want); err != nil {
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
		t.Error("docs/settings.md differs from the table; run: go test ./internal/config -update")
	}
}

// docsHead has ~ in place of backquotes.
const docsHead = `# Settings

<!-- Generated from the table in internal/config; change it there and run: go test ./internal/config -update -->

A setting is taken from the first of these that has it: a flag, the environment, the file given with ~--config~, the
default. ~norang serve~ does not start with an invalid, unsafe or contradictory setting: it reports every error at
once and exits with status 2. ~norang serve --check~ only checks. A ~.env~ file is not read: load it with your
shell, compose file or service manager. An empty variable counts as unset.

* An unknown ~NORANG_…~ variable, an unknown key in the file and a name that is set twice are errors; an unknown
  ~KAKAO_…~ variable is a warning. Variables that Kubernetes sets for a service named norang are ignored.
* A secret has no flag, because other users can read command lines. It can be given as a file: ~NAME_FILE~ in the
  environment, ~--name-file~ on the command line, ~name_file~ in the file. Such a file, and a ~norang.toml~ that
  contains a secret, must not be readable by others (~chmod o-rwx~). One newline at its end is ignored.
* Containers mount secrets readable by all, on a read-only volume in memory (~/run/secrets~). That is accepted with a
  warning. To avoid it: on Kubernetes ~defaultMode: 0440~ and the pod's ~fsGroup~, in a compose file
  ~mode: 0400~ and ~uid~ of the secret. Secrets that Compose mounts from a file keep the mode of that file.
* Lists are separated by commas in the environment and on the command line, and are arrays of texts in the file.
* ~PORT~, as hosting platforms set it, means that port on every interface, unless ~NORANG_LISTEN~ or ~--listen~ is
  set. If ~PORT~ and ~NORANG_LISTEN~ have different ports, that is an error.

설정은 플래그, 환경 변수, ~--config~로 지정한 파일, 기본값 순서로 찾아서 먼저 나온 값을 씁니다. 잘못되었거나 위험하거나 서로 어긋난
설정이 있으면 ~norang serve~는 모두 한꺼번에 알리고 시작하지 않습니다(종료 코드 2). ~.env~ 파일은 읽지 않습니다. 빈 환경 변수는
없는 것으로 봅니다. 비밀 값은 명령줄에 적을 수 없고 파일(~…_FILE~)로 줄 수 있으며, 그 파일을 다른 사용자가 읽을 수 없어야 합니다.
컨테이너의 읽기 전용 비밀 볼륨(~/run/secrets~)에 있는 파일은 경고만 하고 받아들입니다. 쿠버네티스에서는 ~defaultMode: 0440~과
~fsGroup~, 컴포즈에서는 비밀의 ~mode: 0400~과 ~uid~로 막을 수 있습니다.
`

// writeDocs writes docs/settings.md.
func writeDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(docsHead, "~", "`"))
	group := Group(-1)
	for i := range table {
		s := &table[i]
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n## %s · %s\n", group.Title().En, group.Title().Ko)
		}
		s.writeDocs(&b)
	}
	b.WriteString(docsExample)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Setting) writeDocs(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n\n%s  \n%s\n\n", s.Name, s.Help.En, s.Help.Ko)
	fmt.Fprintf(b, "| | |\n|---|---|\n| Value | %s |\n", s.Kind().En)
	if s.Default != "" {
		fmt.Fprintf(b, "| Default | `%s` |\n", s.Default)
	}
	fmt.Fprintf(b, "| Example | `%s` |\n", s.Example)
	fmt.Fprintf(b, "| Flag | `--%s` |\n| In the file | `%s` |\n", s.FlagName(), s.Key)
	if more := s.Names()[1:]; len(more) > 0 {
		fmt.Fprintf(b, "| Also | `%s` |\n", strings.Join(more, "`, `"))
	}
}

const docsExample = "\n## A file\n\n```toml\n" + ExampleFile + "```\n"

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
