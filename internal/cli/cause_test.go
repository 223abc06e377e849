package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

// TestKoreanErrorsTellACauseInEnglishOnALineOfItsOwn: what happened is in the operator's language, whatever the cause.
func TestKoreanErrorsTellACauseInEnglishOnALineOfItsOwn(t *testing.T) {
	t.Parallel()
	denied := fmt.Errorf("store: open x.db: %w", fs.ErrPermission)
	korean := i18n.Error{Ko: "키 파일이 없습니다", En: "no key file"}
	for name, c := range map[string]struct {
		err    error
		ko, en string
	}{
		"unknown": {
			errors.New("store: sweep: odd"), "norang: 명령을 끝내지 못했습니다\n원인: store: sweep: odd\n", "norang: store: sweep: odd\n",
		},
		"permission": {
			denied, "norang: 파일이나 디렉터리를 읽거나 쓸 권한이 없습니다\n원인: store: open x.db: permission denied\n",
			"norang: store: open x.db: permission denied\n",
		},
		"time": {
			fmt.Errorf("store: %w", context.DeadlineExceeded),
			"norang: 시간 안에 끝나지 않았습니다\n원인: store: context deadline exceeded\n", "norang: store: context deadline exceeded\n",
		},
		"in both languages": {korean, "norang: 키 파일이 없습니다\n", "norang: no key file\n"},
		"explained, the cause in both languages": {
			&failure{text: "안 됩니다", err: korean}, "norang: 안 됩니다: 키 파일이 없습니다\n", "norang: 안 됩니다: no key file\n",
		},
		"explained": {
			&failure{text: "안 됩니다", err: fs.ErrExist}, "norang: 안 됩니다\n원인: file already exists\n",
			"norang: 안 됩니다: file already exists\n",
		},
	} {
		for lang, want := range map[i18n.Lang]string{i18n.Ko: c.ko, i18n.En: c.en} {
			var errs bytes.Buffer
			(&terminal{lang: lang, stderr: &errs}).report(c.err)
			if got := errs.String(); got != want {
				t.Errorf("%s, %s: %s", name, lang, got)
			}
		}
	}
}

func TestDatabaseThatIsNoneIsNamedInKoreanFirst(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "norang.db")
	if err := os.WriteFile(database, []byte("name,email\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	environ := []string{"NORANG_DATABASE=" + database}
	Run(bounded.Context(t), []string{"user", "list", "--lang", "ko"}, environ, nil, &out, &errs)
	want := "norang: SQLite 데이터베이스가 아니거나 앞부분이 상한 파일입니다\n원인: store: open " + database
	if !strings.Contains(errs.String(), want) {
		t.Error(errs.String())
	}
}
