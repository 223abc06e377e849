package cli

import (
	"fmt"
	"regexp"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
)

// jobsCmd groups the commands about failed jobs.
type jobsCmd struct {
	List  jobsListCmd  `cmd:"" help:"cmd.jobs.list"`
	Retry jobsRetryCmd `cmd:"" help:"cmd.jobs.retry"`
}

type jobsListCmd struct {
	operatorFlags

	Limit int `name:"limit" default:"100" placeholder:"N" help:"flag.limit"`
}

type jobsRetryCmd struct {
	operatorFlags

	ID  int64 `arg:"" optional:"" help:"arg.job"`
	All bool  `name:"all" help:"flag.jobs.all"`
}

type deadJobJSON struct {
	jobs.DeadJob
	Hint string `json:"hint"`
}

type jobsJSON struct {
	Dead  []deadJobJSON `json:"dead"`
	Count struct {
		Open int `json:"open"`
		Dead int `json:"dead"`
	} `json:"count"`
}

// Run is kong's.
func (j *jobsListCmd) Run(c *terminal) error {
	if j.Limit < 1 || j.Limit > operator.MaxPage {
		return c.usage(c.pick("--limit %d: 1에서 %d까지",
			"--limit must be between 1 and %[2]d, got %[1]d", j.Limit, operator.MaxPage), "")
	}
	return j.withOperator(c, func(d *app.Operator) error {
		all, counts, err := d.Use.Jobs.Dead(c.ctx, j.Limit)
		if err != nil {
			return err
		}
		if j.JSON {
			out := jobsJSON{Dead: []deadJobJSON{}}
			out.Count.Open, out.Count.Dead = counts.Open, counts.Dead
			for _, dead := range all {
				dead.CreatedAt, dead.DeadAt = dead.CreatedAt.UTC(), dead.DeadAt.UTC()
				out.Dead = append(out.Dead, deadJobJSON{dead, jobHint(c, dead)})
			}
			return c.json(out)
		}
		for _, dead := range all {
			c.line(fmt.Sprint(dead.ID), dead.Kind, dead.About, c.time(dead.DeadAt), c.pick("시도 %d번",
				"attempts %d", dead.Attempts))
			c.line("   ", dead.Outcome)
			c.line("   ", c.pick("힌트: ", "hint: ")+jobHint(c, dead))
		}
		c.print("포기한 작업 %d개, 기다리는 작업 %d개", "Failed jobs: %d, waiting: %d", counts.Dead, counts.Open)
		return nil
	})
}

// kakaoCode finds a Kakao error code in the outcome of a job.
var kakaoCode = regexp.MustCompile(`provider: (KOE\d+|-\d+):`)

// jobHint says what to do about a failed job.
func jobHint(c *terminal, j jobs.DeadJob) string {
	if m := kakaoCode.FindStringSubmatch(j.Outcome); m != nil {
		return c.pick("norang explain -- %s로 원인을 보고 고친 다음 norang jobs retry %d",
			"see norang explain -- %s, fix the cause, then run norang jobs retry %d", m[1], j.ID)
	}
	if j.Kind == "unlink" {
		return c.pick("KAKAO_ADMIN_KEY와 KAKAO_APP_ID가 맞는지 확인하고 서비스를 다시 시작하십시오.",
			"Check that KAKAO_ADMIN_KEY and KAKAO_APP_ID are correct, then restart the service.")
	}
	return c.pick("서비스의 로그에서 원인을 찾아 고친 다음 norang jobs retry %d",
		"find the cause in the service's log and fix it, then run norang jobs retry %d", j.ID)
}

// Run is kong's.
func (j *jobsRetryCmd) Run(c *terminal) error {
	if (j.ID == 0) == !j.All || j.ID < 0 {
		return c.usage(c.pick("작업의 번호나 --all 가운데 하나가 필요합니다",
			"give the number of a job, or --all"), c.pick("번호는 norang jobs list에 있습니다.", "norang jobs list shows the numbers."))
	}
	return j.withOperator(c, func(d *app.Operator) error {
		n, err := d.Use.Jobs.Retry(c.ctx, j.ID)
		switch {
		case err != nil:
			return err
		case n == 0 && !j.All:
			return &failure{status: statusFailed, text: c.pick("포기한 작업 가운데 %d번이 없습니다", "job %d is not a failed job", j.ID),
				hint: c.pick("번호는 norang jobs list에 있습니다.", "norang jobs list shows the numbers.")}
		case j.JSON:
			return c.json(struct {
				Retried int `json:"retried"`
			}{n})
		}
		c.print("다시 시도할 작업: %d개. 실행 중인 서비스가 처리합니다.", "Jobs to retry: %d. The running service performs them.", n)
		return nil
	})
}
