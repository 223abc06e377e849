package doctor

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// Tracked is the check that git tracks none of the files, which hold secrets or user data. Without git it says nothing.
func Tracked(files []string) Check {
	what := i18n.Text{Ko: "git에 들어 있는 비밀 파일", En: "files with secrets in git"}
	return Check{ID: "settings.git", What: what, Run: func(ctx context.Context) ([]Finding, bool) {
		git, err := exec.LookPath("git")
		if err != nil {
			return Unclear()
		}
		var tracked []string
		for _, file := range files {
			path, err := filepath.EvalSymlinks(file)
			if err != nil || slices.Contains(tracked, file) {
				continue // it does not exist
			}
			dir, name := filepath.Split(path)
			cmd := exec.CommandContext(ctx, git, "ls-files", "--error-unmatch", "--", name)
			cmd.Dir = filepath.Clean(dir)
			cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0") // read only
			if cmd.Run() == nil {
				tracked = append(tracked, file)
			}
		}
		if len(tracked) == 0 {
			return Found()
		}
		return Found(Finding{
			Level: Fault, Seen: strings.Join(tracked, ", "),
			Cause: i18n.Text{
				Ko: "비밀이나 회원 정보가 있는 파일이 git에 들어 있습니다. 저장소를 볼 수 있는 사람은 모두 읽을 수 있습니다.",
				En: "git tracks files with secrets or user data; everyone who sees the repository can read them.",
			},
			Fix: i18n.Text{
				Ko: "git rm --cached로 빼고 .gitignore에 적으십시오. 이미 올렸다면 키를 새로 발급하십시오. 지난 커밋에 남아 있습니다.",
				En: "Remove them with git rm --cached and add them to .gitignore. If they were pushed, issue new keys: earlier " +
					"commits keep them.",
			},
		})
	}}
}
